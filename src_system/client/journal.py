"""The journal of a sandbox: what was called and answered, waited for, opened and explained."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import TypedDict, Unpack, cast

from src_system.client.endpoint import PAGE, Endpoint, QueryValue
from src_system.client.errors import Json, TimedOut
from src_system.client.journal_answers import (
    DecodedEntry,
    Disclosure,
    Disclosures,
    Explanation,
    JournalEntry,
    JournalPage,
    RawEntry,
)
from src_system.clock import monotonic

WAIT_SECONDS = 5.0
_LONG_POLL_SECONDS = 30.0


class JournalFilters(TypedDict, total=False):
    """Which entries: any of what is left out, or None.

    *status* is a number, or `4xx` for all of them; *correlation* a srcCorrelationId, *client* a
    srcClientId, *reason* that of a refusal, such as CARD_NOT_FOUND.
    """

    operation: str | None
    network: str | None
    status: int | str | None
    correlation: str | None
    client: str | None
    reason: str | None


class Journal:
    """The calls of a sandbox, oldest first, each by its place. All methods take the same filters.

    `entries` and `list` give what is there. `wait` reads on, as a person does: it waits for calls
    and gives each once. It remembers how far it has read, for every set of filters apart. An entry
    is there some 10 to 50 ms after its answer.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._read: dict[tuple[tuple[str, object], ...], str] = {}

    async def page(
        self,
        *,
        after: int | str | None = None,
        wait: float | None = None,
        least: int | None = None,
        limit: int | None = None,
        **filters: Unpack[JournalFilters],
    ) -> JournalPage:
        """Entries behind the cursor or place *after*, *limit* at most (100; 1000 is the most).

        With *wait* it waits so many seconds for *least* of them (1); the server lets 30 at most.
        """
        query = _query(filters, after=after, wait=wait, min=least, limit=limit)
        return await self._endpoint.get(JournalPage, query=query)

    async def entries(
        self, *, after: int | str | None = None, **filters: Unpack[JournalFilters]
    ) -> AsyncIterator[JournalEntry]:
        """Every entry behind the cursor or place *after*, page after page."""
        while True:
            page = await self.page(after=after, limit=PAGE, **filters)
            for entry in page.entries:
                yield entry
            if not page.entries:
                return
            after = page.cursor

    async def list(
        self, *, after: int | str | None = None, **filters: Unpack[JournalFilters]
    ) -> list[JournalEntry]:
        """The same as a list."""
        return [entry async for entry in self.entries(after=after, **filters)]

    async def wait(
        self,
        least: int = 1,
        *,
        seconds: float = WAIT_SECONDS,
        after: int | str | None = None,
        **filters: Unpack[JournalFilters],
    ) -> Sequence[JournalEntry]:
        """The entries that were not given before, once there are *least* of them.

        Entries from before the first call count too; *after* begins behind another cursor or place.
        TimedOut when fewer came: the next call gives those.
        """
        key = _key(filters)
        deadline = monotonic() + seconds
        cursor = self._read.get(key) if after is None else str(after)
        found: Sequence[JournalEntry] = []
        left, missing = seconds, least
        while True:
            page = await self.page(
                after=cursor,
                wait=min(max(left, 0.0), _LONG_POLL_SECONDS) if missing > 0 else None,
                least=min(missing, PAGE) if missing > 0 else None,
                limit=PAGE,
                **filters,
            )
            found, cursor = [*found, *page.entries], page.cursor
            left, missing = deadline - monotonic(), least - len(found)
            if len(page.entries) == PAGE:  # there may be more at once
                continue
            if missing <= 0:
                self._read[key] = cursor
                return found
            if left <= 0:
                raise TimedOut(_too_few(len(found), least, seconds, filters))

    async def skip(self, **filters: Unpack[JournalFilters]) -> None:
        """Count every entry so far as given."""
        key = _key(filters)
        async for entry in self.entries(after=self._read.get(key), **filters):
            self._read[key] = str(entry.place)

    async def follow(
        self, *, after: int | str | None = None, **filters: Unpack[JournalFilters]
    ) -> AsyncGenerator[JournalEntry, None]:
        """Every entry from now on, or behind *after*, as it comes; without an end."""
        if after is None:
            async for entry in self.entries(**filters):
                after = entry.place
        while True:
            page = await self.page(after=after, wait=_LONG_POLL_SECONDS, limit=PAGE, **filters)
            for entry in page.entries:
                yield entry
            after = page.cursor

    async def entry(self, place: int, *, unmasked: bool = False) -> RawEntry:
        """One call and its answer as they went over the wire; Refused (404) when there is none.

        *unmasked* shows numbers and codes, here and elsewhere; who asked is written down.
        """
        return await self._at(place).get(RawEntry, query=_unmasked(unmasked))

    async def decoded(self, place: int, *, unmasked: bool = False) -> DecodedEntry:
        """The same with each JWS verified and each JWE opened."""
        return await self._at(place).get(DecodedEntry, "/decoded", query=_unmasked(unmasked))

    async def explain(
        self, place: int | None = None, *, correlation: str | None = None
    ) -> Explanation:
        """Why the call at *place*, or the newest refused one of a session, was refused.

        Exactly one of them is given. Refused (404) when there is no such call.
        """
        if (place is None) == (correlation is None):
            raise TypeError("explain takes a place or a correlation.")
        if place is not None:
            return await self._at(place).get(Explanation, "/explain")
        return await self._endpoint.get(Explanation, "/explain", query={"correlation": correlation})

    async def har(
        self,
        *,
        after: int | str | None = None,
        unmasked: bool = False,
        **filters: Unpack[JournalFilters],
    ) -> Json:
        """An HTTP archive (HAR 1.2) of the entries, each with what was in it, decoded."""
        query = {**_query(filters, after=after), **_unmasked(unmasked)}
        return await self._endpoint.get(Json, ".har", query=query)

    async def disclosures(self) -> Sequence[Disclosure]:
        """Who read entries without masks, oldest first."""
        found: Sequence[Disclosure] = []
        after = None
        while True:
            page = await self._endpoint.get(
                Disclosures, "/disclosures", query={"after": after, "limit": PAGE}
            )
            if not page.disclosures:
                return found
            found, after = [*found, *page.disclosures], page.cursor

    async def clear(self) -> None:
        """Remove all entries. Places go on where they were; disclosures stay."""
        await self._endpoint.delete()

    def _at(self, place: int) -> Endpoint:
        return self._endpoint.at(str(place))


def _query(filters: JournalFilters, **others: QueryValue) -> dict[str, QueryValue]:
    given = {**cast("Mapping[str, QueryValue]", filters), **others}
    return {**given, "after": given["after"] or None}


def _unmasked(asked: bool) -> dict[str, QueryValue]:
    return {"unmasked": "true" if asked else None}


def _key(filters: JournalFilters) -> tuple[tuple[str, object], ...]:
    return tuple(sorted((name, value) for name, value in filters.items() if value is not None))


def _too_few(found: int, least: int, seconds: float, filters: JournalFilters) -> str:
    words = "".join(f" {name} {value}" for name, value in _key(filters))
    wanted = "No call" if least == 1 else f"{found} of {least} calls"
    return f"{wanted}{' with' if words else ''}{words} came in {seconds:g} s."
