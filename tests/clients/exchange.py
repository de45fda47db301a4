"""One HTTP exchange over the standard library, and what came back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from typing import Any, TypeAlias
from urllib.parse import urlsplit

Json: TypeAlias = dict[str, Any]

REQUEST_SECONDS = 40  # more than the 30 s the server may take


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, and what it answers; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    method: str = ""
    url: str = ""

    def json(self) -> Json:
        """The body as a JSON object."""
        document = json.loads(self.body)
        assert isinstance(document, dict), self.body[:300]
        return document

    def expect(self, status: int) -> Json:
        """The JSON body, or {} where there is none.

        Any other status fails with the body as message.
        """
        assert self.status == status, f"{self.status} instead of {status}: {self.body[:600]!r}"
        return self.json() if self.body else {}

    def reasons(self) -> set[str]:
        """The reason of an error body and those of its details.

        Networks differ in where they say it.
        """
        return {self.json()["reason"], *(detail["reason"] for detail in self._details())}

    def sources(self) -> set[str]:
        """The members that an error body names."""
        return {detail["source"] for detail in self._details() if "source" in detail}

    def _details(self) -> list[Json]:
        document = self.json()
        details: list[Json] = document.get("errordetail") or document.get("errorDetail") or []
        return details


def call(
    method: str,
    url: str,
    document: Json | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One HTTP exchange on a connection of its own; never follows a redirection."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=REQUEST_SECONDS)
    sent = {"Accept": "application/json", **(headers or {})}
    body = None
    if document is not None:
        body = json.dumps(document).encode()
        sent["Content-Type"] = "application/json"
    try:
        connection.request(
            method, parts.path + (f"?{parts.query}" if parts.query else ""), body, sent
        )
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read(), method, url)
    finally:
        connection.close()
