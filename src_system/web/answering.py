"""A text as an HTTP answer: named by its content, compressed where the browser can read that."""

from collections.abc import Mapping

from aiohttp import web

from src_system.web.files import REVALIDATED
from src_system.web.pages import Text, compressed

_SMALL = 512  # bytes; below them the headers weigh more than what is saved


def answer_text(
    text: Text, sent: Mapping[str, str], headers: Mapping[str, str] | None = None
) -> web.Response:
    """*text*, or 304 when the caller (whose headers are *sent*) has it already.

    *headers* are added to those that every file of a page has, and replace them.
    """
    etag = f'"{text.etag}"'
    answered = {**REVALIDATED, "ETag": etag, "Vary": "Accept-Encoding", **(headers or {})}
    if etag in sent.get("If-None-Match", ""):
        return web.Response(status=304, headers=answered)
    body = text.body
    if len(body) > _SMALL and "gzip" in sent.get("Accept-Encoding", ""):
        body = compressed(text)
        answered["Content-Encoding"] = "gzip"
    return web.Response(
        body=body, content_type=text.content_type, charset="utf-8", headers=answered
    )
