"""All that Tunesmith can do, importable and scriptable. Never imports gradio."""

__version__ = "0.1.0"
