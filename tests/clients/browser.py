"""An initiator's script in a browser: it names its Origin and carries cookies, no tokens."""

from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from .exchange import Answer
from .src_client import Initiator

ORIGIN = "https://shop.test"


class Browser(Initiator):
    """Calls as a browser makes them, with a cookie jar for the one network it talks to."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.cookies = SimpleCookie()

    def _headers(self) -> dict[str, str]:
        headers = {**super()._headers(), "Origin": ORIGIN}
        path = urlsplit(self.base).path
        kept = [one for one in self.cookies.values() if path.startswith(one["path"])]
        if kept:
            headers["Cookie"] = "; ".join(f"{one.key}={one.value}" for one in kept)
        return headers

    def send(self, *arguments: Any, **named: Any) -> Answer:
        """One call, after which the jar is as the answer wants it."""
        answer = super().send(*arguments, **named)
        told = SimpleCookie(answer.headers.get("set-cookie", ""))
        for name, morsel in told.items():
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel
        return answer

    def again(self) -> "Browser":
        """The same browser on a later visit: nothing is left but its cookies."""
        later = Browser(self.sandbox, self.network)
        later.cookies = self.cookies
        return later
