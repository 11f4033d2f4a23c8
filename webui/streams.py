"""The streams in which Gradio sends a page its answers: one whose session is gone ends in order.

A page that is left, or that was open when the app was closed, may ask for the answers of a session
that is no more. Gradio 6.31 tells the page so and then raises in the midst of the answer: a
traceback in the log and a broken answer, for something that is no fault.
"""

from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

STREAM = "/gradio_api/queue/data"


class OrderlyStreams:
    """The middleware around all pages."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except (RuntimeError, KeyError) as error:
            if not (scope.get("path", "").endswith(STREAM) and _is_gone(error, scope)):
                raise
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def _is_gone(error: Exception, scope: Scope) -> bool:
    """Gradio did not find the session: when it looked for it (Starlette wraps what is raised after
    an answer has begun), or when another stream of the page had been the first to clear it away."""
    if isinstance(error, KeyError):
        return list(error.args) == parse_qs(scope["query_string"].decode("latin-1")).get(
            "session_hash"
        )
    return isinstance(error.__cause__, HTTPException) and error.__cause__.status_code == 404
