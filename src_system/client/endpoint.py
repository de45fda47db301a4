"""Places of the control port: JSON over a transport, and answers as typed results."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from src_system.client.errors import Json, UnexpectedAnswer
from src_system.client.transport import Reply, Request, Transport

Result = TypeVar("Result")
QueryValue = str | int | float | None

PAGE = 1000  # the most that a list gives at once


class _Page(msgspec.Struct):
    next: str | None = None


class Endpoint:
    """The control port at one address, or a part of it; `at` goes further down."""

    __slots__ = ("_token", "_transport", "_url")

    def __init__(self, transport: Transport, url: str, token: str | None) -> None:
        self._transport = transport
        self._url = url
        self._token = token

    def at(self, *segments: str) -> "Endpoint":
        """The place below, each segment percent-encoded."""
        path = "".join(f"/{quote(segment, safe='')}" for segment in segments)
        return Endpoint(self._transport, self._url + path, self._token)

    async def send(
        self,
        method: str,
        path: str = "",
        document: object = None,
        *,
        query: Mapping[str, QueryValue] | None = None,
        accept: str = "application/json",
    ) -> Reply:
        """What came back, whatever its status; parameters that are None are left out."""
        headers = {"Accept": accept}
        body = None
        if document is not None:
            body = msgspec.json.encode(document)
            headers["Content-Type"] = "application/json"
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        given = {name: value for name, value in (query or {}).items() if value is not None}
        url = f"{self._url}{path}" + (f"?{urlencode(given)}" if given else "")
        return await self._transport.send(Request(method, url, body, headers))

    async def get(
        self,
        kind: type[Result],
        path: str = "",
        *,
        query: Mapping[str, QueryValue] | None = None,
    ) -> Result:
        """GET, as *kind*."""
        reply = await self.send("GET", path, query=query)
        return read(reply.expect(200), kind, reply.call)

    async def post(
        self,
        kind: type[Result],
        path: str = "",
        document: object = None,
        *,
        query: Mapping[str, QueryValue] | None = None,
    ) -> Result:
        """POST, as *kind*."""
        body = {} if document is None else document
        reply = await self.send("POST", path, body, query=query)
        return read(reply.expect(), kind, reply.call)

    async def put(self, kind: type[Result], path: str = "", document: object = None) -> Result:
        """PUT, as *kind*."""
        reply = await self.send("PUT", path, document)
        return read(reply.expect(200), kind, reply.call)

    async def delete(self, path: str = "") -> None:
        """DELETE."""
        (await self.send("DELETE", path)).expect(204)

    async def each(
        self,
        kind: type[Result],
        member: str,
        path: str = "",
        *,
        query: Mapping[str, QueryValue] | None = None,
    ) -> AsyncIterator[Result]:
        """Every entry of a paged list, page after page."""
        after: str | None = ""
        while after is not None:
            page = {**(query or {}), "limit": PAGE, "after": after or None}
            reply = await self.send("GET", path, query=page)
            document = reply.expect(200)
            for entry in read(document.get(member), list[Any], reply.call):
                yield read(entry, kind, reply.call)
            after = read(document, _Page, reply.call).next


def read(document: object, kind: type[Result], call: str) -> Result:
    """*document* as *kind*, unknown members ignored; UnexpectedAnswer when it does not fit."""
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise UnexpectedAnswer(
            f"{call} answered what this client does not understand: {error}"
        ) from error


def given(**members: Any) -> Json:
    """The members that are not None."""
    return {name: value for name, value in members.items() if value is not None}


def iso_duration(length: timedelta | str) -> str:
    """An ISO 8601 duration; text is taken to be one already."""
    if isinstance(length, str):
        return length
    return f"PT{length.total_seconds():f}".rstrip("0").rstrip(".") + "S"
