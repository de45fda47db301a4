"""What a consumer would have been sent: one-time codes, read at the control port."""

from src_system.client.answers import OneTimeCode, OneTimeCodes
from src_system.client.endpoint import Endpoint
from src_system.client.errors import TimedOut
from src_system.clock import monotonic

WAIT_SECONDS = 5.0
_LONG_POLL_SECONDS = 30.0


class Inbox:
    """The one-time codes of a sandbox.

    `list` shows them all. `next` reads on, as a person does: it waits for a code and gives each
    code once. It remembers how far it has read, for every identity and channel apart.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._read: dict[tuple[str | None, str | None, str | None], str] = {}

    async def page(
        self,
        identity: str | None = None,
        *,
        network: str | None = None,
        channel: str | None = None,
        undelivered: bool = False,
        after: str | None = None,
        wait: float | None = None,
        limit: int | None = None,
    ) -> OneTimeCodes:
        """The codes after the cursor *after*, oldest first, waiting up to *wait* seconds for one.

        *identity* is an e-mail address or a phone number: of the person, or where the code went.
        With *undelivered* also those that were lost or are still on their way, by a cursor of its
        own.
        """
        return await self._endpoint.get(
            OneTimeCodes,
            query={
                "identity": identity,
                "network": network,
                "channel": channel,
                "undelivered": "true" if undelivered else None,
                "after": after or None,
                "wait": wait,
                "limit": limit,
            },
        )

    async def list(
        self,
        identity: str | None = None,
        *,
        network: str | None = None,
        channel: str | None = None,
        undelivered: bool = False,
    ) -> list[OneTimeCode]:
        """Every code with what has become of it, oldest first."""
        found: list[OneTimeCode] = []
        after = None
        while True:
            page = await self.page(
                identity, network=network, channel=channel, undelivered=undelivered, after=after
            )
            if not page.otps:
                return found
            found += page.otps
            after = page.cursor

    async def next(
        self,
        identity: str | None = None,
        *,
        network: str | None = None,
        channel: str | None = None,
        seconds: float = WAIT_SECONDS,
    ) -> OneTimeCode:
        """The newest code that is good and was not given before; TimedOut when none comes.

        Codes that were sent before the first call count too.
        """
        key = (identity, network, channel)
        deadline = monotonic() + seconds
        left = seconds
        while True:
            page = await self.page(
                identity,
                network=network,
                channel=channel,
                after=self._read.get(key),
                wait=min(max(left, 0.0), _LONG_POLL_SECONDS),
            )
            self._read[key] = page.cursor
            good = [code for code in page.otps if code.state == "issued"]
            if good:
                return good[-1]
            left = deadline - monotonic()
            if left <= 0 and not page.otps:
                raise TimedOut(
                    f"No one-time code{_words(identity, network, channel)} came in {seconds:g} s."
                )

    async def code(self, identity: str | None = None, network: str | None = None) -> str:
        """The digits of the next code."""
        return (await self.next(identity, network=network)).value

    async def skip(
        self, identity: str | None = None, *, network: str | None = None, channel: str | None = None
    ) -> None:
        """Count every code sent so far as read."""
        key = (identity, network, channel)
        while True:
            page = await self.page(
                identity, network=network, channel=channel, after=self._read.get(key)
            )
            self._read[key] = page.cursor
            if not page.otps:
                return


def _words(identity: str | None, network: str | None, channel: str | None) -> str:
    return "".join(
        f" {word} {value}"
        for word, value in (("for", identity), ("from", network), ("by", channel))
        if value is not None
    )
