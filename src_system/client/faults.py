"""The fault rules of a sandbox: what is to go wrong, for whom, how often, and how often it did."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from src_system.client.answers import FaultRule
from src_system.client.effects import read_effect
from src_system.client.endpoint import Endpoint, given, read

Texts = str | Sequence[str]


class Faults:
    """Rules are in force with the next call."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def list(self) -> list[FaultRule]:
        """The rules in the order they were made, with how often each counted."""
        return [one async for one in self._endpoint.each(FaultRule, "faults")]

    async def show(self, rule_id: str) -> FaultRule:
        """One rule."""
        return await self._endpoint.at(rule_id).get(FaultRule)

    async def add(
        self,
        effect: str | Mapping[str, Any],
        *,
        operation: Texts | None = None,
        network: Texts | None = None,
        consumer: Texts | None = None,
        dpa: Texts | None = None,
        card: Texts | None = None,
        client: Texts | None = None,
        nth: int | Sequence[int] | None = None,
        probability: float | None = None,
        times: int | None = None,
        max_consecutive: int | None = None,
        from_: datetime | str | None = None,
        until: datetime | str | None = None,
        name: str | None = None,
        rule_id: str | None = None,
    ) -> FaultRule:
        """A rule of *effect*, as a document or in the short form: `http=503;retryAfter=2`.

        It is for calls of this operation, network, consumer, DPA, card and client (one or several;
        any unless given), and of those only for the *nth*; with a *probability*, at most so many
        *times*, at most *max_consecutive* in a row, within a time of the sandbox's clock.
        """
        rule = self._document(
            effect,
            match=given(
                operation=operation,
                network=network,
                consumer=consumer,
                dpa=dpa,
                card=card,
                client=client,
                nth=nth,
            ),
            when=given(
                probability=probability,
                times=times,
                maxConsecutive=max_consecutive,
                until=until,
                **{"from": from_},
            ),
            **given(name=name, id=rule_id),
        )
        return await self._endpoint.post(FaultRule, document=rule)

    async def add_document(self, rule: Mapping[str, Any]) -> FaultRule:
        """One rule as a document."""
        return await self._endpoint.post(FaultRule, document=rule)

    async def add_all(self, rules: Sequence[Mapping[str, Any]]) -> Sequence[FaultRule]:
        """Rules as documents, all or none."""
        reply = await self._endpoint.send("POST", document=list(rules))
        reply.check(201)
        return read(reply.json(), list[FaultRule], reply.call)

    async def remove(self, rule_id: str) -> None:
        """The rule is gone with the next call, and what was to come of it."""
        await self._endpoint.at(rule_id).delete()

    async def clear(self) -> None:
        """Nothing goes wrong any more on purpose."""
        await self._endpoint.delete()

    def _document(self, effect: str | Mapping[str, Any], **members: Any) -> dict[str, Any]:
        written = read_effect(effect) if isinstance(effect, str) else effect
        return {"effect": written, **members}
