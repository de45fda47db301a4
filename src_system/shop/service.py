"""What the protocol port answers under `/demo`: the page, and the merchant's server behind it."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec
import structlog
from aiohttp import web
from aiohttp.web_exceptions import HTTPRequestEntityTooLarge

from src_system.client import ControlPort, Refused, Sandbox, SrcSystemError
from src_system.networks import PROFILES
from src_system.shop.page import market_of, policy, shop_page, spoken
from src_system.shop.payments import Purchase, settle
from src_system.shop.switches import SwitchesRefused, read_switches
from src_system.shop.visitors import (
    ShopFull,
    Visitors,
    dpa_of,
    initiator_of,
    receive,
    switch,
    switched,
)
from src_system.web.answering import answer_text

PREFIX = "/demo"
_COOKIE = "src-system-shop"
_COOKIE_SECONDS = 2 * 60 * 60
_WAIT_SECONDS_MAX = 20.0
# Whoever waits for a code holds one of the hundred connections that the client has.
_WAITING_MAX = 50
_WAITING_EACH_MAX = 2
_ARCHIVED_MAX = 200  # calls: several purchases, and few enough for the largest bodies
_VISIT_HEADER = "Shop-Visit"
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9a-fA-F:]{2,39}\](:[0-9]{1,5})?")
_LOOPBACK_6 = "[::1]"
_OWN_PORTS = {"http": ":80", "https": ":443"}
_JSON = "application/json"
_log = structlog.get_logger()
_Handler = Callable[[web.Request, Sandbox], Awaitable[object]]


class _Problem(Exception):
    """A call that cannot be answered as it should: status, and what the page is to know."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status, self.problem = status, problem


class Shop:
    """Answers for a shop whose sandboxes *control* keeps, *visitors_max* at a time; *public_url* is
    where people reach it.

    *console* is the address of the simulator's console, for visitors on the same machine; None
    when nobody is to be told.
    """

    def __init__(
        self, control: ControlPort, public_url: str, console: str | None, visitors_max: int
    ) -> None:
        self._visitors = Visitors(control, visitors_max)
        public = urlsplit(public_url)
        self._public_scheme = public.scheme
        # As browsers write it: in lower case, without the scheme's own port.
        self._public_host = public.netloc.lower().removesuffix(_OWN_PORTS[public.scheme])
        self._waiting: list[str] = []  # sandboxes whose codes are waited for
        self._archiving = asyncio.Lock()  # one archive at a time is in memory
        self._console = console
        self._calls: dict[tuple[str, str], _Handler] = {
            ("GET", "codes"): self._codes,
            ("POST", "payments"): self._payments,
            ("PUT", "switches"): self._switches,
            ("POST", "reset"): self._reset,
            ("GET", "journal.har"): self._archive,
        }

    async def answer(self, request: web.Request) -> web.Response | None:
        """The page, or what its scripts ask for; None for an address that is not the shop's."""
        if request.path == PREFIX:
            query = f"?{request.query_string}" if request.query_string else ""
            return web.Response(status=308, headers={"Location": f"{PREFIX}/{query}"})
        if not request.path.startswith(f"{PREFIX}/"):
            return None
        place = request.path[len(PREFIX) + 1 :]
        try:
            if not place and request.method in ("GET", "HEAD"):
                return self._page(request)
            return await self._call(request, place)
        except _Problem as found:
            return _document({"problem": found.problem}, found.status)
        except Refused as refused:
            return _document({"problem": refused.message or str(refused)}, refused.status)
        except SrcSystemError as error:
            _log.warning("shop", problem=str(error))
            return _document({"problem": "The simulator does not answer."}, 502)

    def _page(self, request: web.Request) -> web.Response:
        host, scheme = self._seen_as(request)
        if host.startswith(_LOOPBACK_6):
            # No policy can name such a host, and so no network's page could be shown in a frame.
            port = host.removeprefix(_LOOPBACK_6)
            place = f"{scheme}://localhost{port}{request.path_qs}"
            return web.Response(status=307, headers={"Location": place})
        market = market_of(request.query.get("market"))
        accepted = request.headers.get("Accept-Language", "")[:200]
        language = spoken(request.query.get("lang"), market, accepted)
        text = shop_page(market, language, host=host, scheme=scheme)
        headers = {"Content-Security-Policy": policy(host, scheme), "Content-Language": language}
        return answer_text(text, request.headers, headers)

    async def _call(self, request: web.Request, place: str) -> web.Response:
        if request.method != "GET" and request.content_type != _JSON:
            # Forms of other sites can send no JSON, and their scripts would have to ask first.
            raise _Problem(415, f"Send {_JSON}.")
        if (request.method, place) == ("POST", "visit"):
            return await self._visit(request)
        handler = self._calls.get((request.method, place))
        if handler is None:
            raise _Problem(404, "There is no such address in the shop.")
        sandbox = await self._visitors.find(request.cookies.get(_COOKIE))
        # Another tab may have begun anew: the cookie is that one's, this page of a visit before.
        if sandbox is None or request.headers.get(_VISIT_HEADER, sandbox.name) != sandbox.name:
            raise _Problem(409, "The visit is over: load the page again.")
        return _document(await handler(request, sandbox))

    async def _visit(self, request: web.Request) -> web.Response:
        """Who the visitor is from here on, and what her page has to know of the sandbox."""
        wanted = await _body(request, dict[str, Any])
        try:
            sandbox = await self._visitors.welcome(request.cookies.get(_COOKIE))
        except ShopFull as full:
            raise _Problem(503, "The shop is full. Come back in a while.") from full
        shopper = await receive(sandbox, market_of(str(wanted.get("market"))).country_code)
        response = _document(
            {
                "sandbox": sandbox.name,
                "srcInitiatorId": initiator_of(sandbox).src_client_id,
                "srciDpaId": dpa_of(sandbox).src_dpa_id,
                "shopper": shopper,
                "switches": await switched(sandbox),
                "console": self._console_of(request, sandbox),
            }
        )
        response.set_cookie(
            _COOKIE,
            sandbox.name,
            max_age=_COOKIE_SECONDS,
            path=f"{PREFIX}/",
            httponly=True,
            samesite="Strict",
            secure=self._seen_as(request)[1] == "https",
        )
        return response

    async def _codes(self, request: web.Request, sandbox: Sandbox) -> object:
        """One-time codes behind the cursor `after`, waited for up to `wait` seconds.

        Where many wait already it is answered at once.
        """
        try:
            wait = min(float(request.query.get("wait", "0")), _WAIT_SECONDS_MAX)
        except ValueError as error:
            raise _Problem(400, "wait is a number of seconds.") from error
        after = request.query.get("after", "")[:100]
        waiting, name = self._waiting, sandbox.name
        if len(waiting) >= _WAITING_MAX or waiting.count(name) >= _WAITING_EACH_MAX:
            return await sandbox.otps.page(after=after)
        waiting.append(name)
        try:
            return await sandbox.otps.page(after=after, wait=max(wait, 0.0))
        finally:
            waiting.remove(name)

    async def _payments(self, request: web.Request, sandbox: Sandbox) -> object:
        purchase = await _body(request, Purchase)
        if purchase.network not in PROFILES:
            raise _Problem(400, "There is no such network.")
        return await settle(sandbox, purchase)

    async def _switches(self, request: web.Request, sandbox: Sandbox) -> object:
        try:
            switches = read_switches(await _body(request, object), tuple(PROFILES))
        except SwitchesRefused as refused:
            raise _Problem(400, str(refused)) from refused
        await switch(sandbox, switches, tuple(PROFILES))
        return switches

    async def _reset(self, _request: web.Request, sandbox: Sandbox) -> object:
        """As if nobody had been here; whoever looks at the sandbox in the console still does."""
        await sandbox.reset(clock=True)
        await switch(sandbox, {}, tuple(PROFILES))
        return {}

    async def _archive(self, _request: web.Request, sandbox: Sandbox) -> object:
        """The newest calls: a visitor may make as many as she likes, as large as she likes."""
        async with self._archiving:
            places = [entry.place async for entry in sandbox.journal.entries()]
            after = places[-_ARCHIVED_MAX] - 1 if len(places) > _ARCHIVED_MAX else None
            return await sandbox.journal.har(after=after)

    def _seen_as(self, request: web.Request) -> tuple[str, str]:
        """Host with port and scheme in the browser's address line.

        A proxy that ends TLS is known by the public URL.
        """
        host = request.host.lower() if _is_host(request.host or "") else self._public_host
        is_public = host == self._public_host
        return host, self._public_scheme if is_public else request.scheme

    def _console_of(self, request: web.Request, sandbox: Sandbox) -> str | None:
        host = urlsplit(f"//{self._seen_as(request)[0]}").hostname
        if self._console is None or host not in ("localhost", "127.0.0.1", "::1"):
            return None
        return f"{self._console}/sandboxes/{sandbox.name}/traffic"


def _is_host(text: str) -> bool:
    """Whether *text* may be written into a policy and into addresses."""
    if not _HOST.fullmatch(text):
        return False
    try:
        _ = urlsplit(f"//{text}").port
    except ValueError:  # no such port, or no IPv6 address
        return False
    return True


async def _body(request: web.Request, kind: Any) -> Any:
    """The JSON of the body as a *kind*."""
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except HTTPRequestEntityTooLarge as error:
        raise _Problem(413, "The body is too large.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _Problem(400, str(error)) from error


def _document(document: object, status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        body=msgspec.json.encode(document),
        content_type=_JSON,
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )
