"""A run's report as one file: what it learnt from, how, how good it is, and where it fails.

The file needs nothing else, asks nothing of any network, runs no script, and prints well. Written
in the reader's language, from what stands in the workspace; needs no model.
"""

from engine.export.report_file.document import build_document, write_document

__all__ = ["build_document", "write_document"]
