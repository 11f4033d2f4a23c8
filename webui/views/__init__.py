"""Records → HTML, one module a tab. Knows nothing of Gradio, so each is tested as plain text."""
