"""What a page hears whose session is gone, and what the log does not."""

import pytest
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from webui.streams import OrderlyStreams

STREAM = "/en/gradio_api/queue/data?session_hash=gone"


def broken(error, cause=None):
    """A client of an app that breaks in the midst of its answer."""

    async def answer():
        yield b"data: {}\n\n"
        raise error from cause

    return TestClient(OrderlyStreams(StreamingResponse(answer())), base_url="http://localhost")


def test_a_page_without_a_session_is_told_so(client):
    answer = client.get("/en/gradio_api/queue/data", params={"session_hash": "gone"})
    assert answer.status_code == 200
    assert '"session_not_found":true' in answer.text


def test_a_session_that_was_cleared_away_meanwhile_ends_the_answer():
    assert broken(KeyError("gone")).get(STREAM).text == "data: {}\n\n"


@pytest.mark.parametrize(
    ("error", "cause", "address"),
    [
        (KeyError("other"), None, STREAM),
        (RuntimeError("broken"), None, STREAM),
        (RuntimeError("broken"), HTTPException(500), STREAM),
        (KeyError("gone"), None, "/en/elsewhere?session_hash=gone"),
    ],
)
def test_every_other_fault_is_told(error, cause, address):
    with pytest.raises(type(error)):
        broken(error, cause).get(address)
