"""Fault rules of a sandbox: what is to go wrong, when, and how often it did."""

from collections.abc import Sequence
from typing import Annotated, Any, cast

import msgspec
from aiohttp import web

from src_system.clock import iso_millis
from src_system.control.answer_documents import FaultRules, FaultRuleView
from src_system.control.described import described
from src_system.control.parts import json_answer, no_content, parts_of, read_body, world_of
from src_system.derive import Derivation
from src_system.model.errors import (
    Aborted,
    AlreadyExists,
    InvalidValue,
    LimitExceeded,
    NotFound,
    NotSupported,
    PanIneligible,
)
from src_system.model.fault import FaultRule
from src_system.model.fault_document import FaultRuleDocument
from src_system.model.fault_reading import read_rule
from src_system.model.member_paths import join
from src_system.model.pan import PAN_DIGITS_MIN
from src_system.networks import PROFILES
from src_system.networks.offers import INSTEAD, offers
from src_system.store import fault_rules, sandboxes
from src_system.store.database import Tx
from src_system.store.fault_rules import KeptRule
from src_system.world import World

# Each call looks at all of them.
RULES_MAX = 1_000
_ID_DIGITS = 10

_SomeRules = Annotated[list[FaultRuleDocument], msgspec.Meta(extra_json_schema={"minItems": 1})]
_Body = FaultRuleDocument | _SomeRules


@described(answer=FaultRules)
async def list_faults(request: web.Request) -> web.Response:
    """GET …/faults: the rules in the order they were made, with how often each counted.

    `matched` are the calls that fitted `match` (but for `nth`), `applied` those that met the
    effect.
    """
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    async with parts_of(request).installation.database.connection() as tx:
        kept = await fault_rules.list_rules(tx, sandbox_id)
    page: FaultRules = {"faults": [rule_view(rule) for rule in kept]}
    return json_answer(page)


@described(
    request=_Body,
    answer=FaultRuleView | list[FaultRuleView],
    status=201,
    refusals=(NotSupported, AlreadyExists, LimitExceeded, PanIneligible, Aborted),
)
async def post_faults(request: web.Request) -> web.Response:
    """POST …/faults: one rule, or a list of them; all or none, in force with the next call."""
    world = await world_of(request)
    sandbox_id = world.sandbox.sandbox_id
    body: _Body = await read_body(request, cast("type[Any]", _Body))
    is_list = isinstance(body, list)
    documents = body if isinstance(body, list) else [body]
    if not documents:
        raise InvalidValue("A list of rules has at least one.")
    async with parts_of(request).installation.database.transaction() as tx:
        await sandboxes.touch_sandbox(tx, sandbox_id)  # its lock keeps the rules in order
        first = await fault_rules.last_place(tx, sandbox_id) + 1
        if len(await fault_rules.list_rules(tx, sandbox_id)) + len(documents) > RULES_MAX:
            raise LimitExceeded(f"A sandbox has at most {RULES_MAX} fault rules.")
        for number, document in enumerate(documents):
            source = f"[{number}]" if is_list else ""
            await _keep(tx, world, document, first + number, source=source)
        made = (await fault_rules.list_rules(tx, sandbox_id))[-len(documents) :]
    views = [rule_view(rule) for rule in made]
    return json_answer(views if is_list else views[0], 201)


@described(answer=FaultRuleView)
async def get_fault(request: web.Request) -> web.Response:
    """GET …/faults/{id}: one rule, with how often it counted."""
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    async with parts_of(request).installation.database.connection() as tx:
        kept = await fault_rules.find_rule(tx, sandbox_id, request.match_info["id"])
    if kept is None:
        raise _no_rule()
    return json_answer(rule_view(kept))


@described(status=204, media_type=None, refusals=(Aborted,))
async def delete_fault(request: web.Request) -> web.Response:
    """DELETE …/faults/{id}: the rule is gone with the next call, and what was to come of it."""
    if not await _delete(request, request.match_info["id"]):
        raise _no_rule()
    return no_content()


@described(status=204, media_type=None, refusals=(Aborted,))
async def delete_faults(request: web.Request) -> web.Response:
    """DELETE …/faults: nothing goes wrong any more on purpose."""
    await _delete(request, None)
    return no_content()


async def _delete(request: web.Request, rule_id: str | None) -> Sequence[str]:
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    async with parts_of(request).installation.database.transaction() as tx:
        await sandboxes.touch_sandbox(tx, sandbox_id)
        return await fault_rules.delete_rules(tx, sandbox_id, rule_id)


async def _keep(
    tx: Tx, world: World, document: FaultRuleDocument, place: int, *, source: str
) -> None:
    rule_id = _made_id(world.derivation, place) if document.id is None else document.id
    rule = read_rule(document, rule_id, source=source)
    _refuse_real_number(rule, source=join(source, "match.card"))
    _refuse_missing_operation(rule, source=join(source, "match.network"))
    kept: dict[str, Any] = msgspec.to_builtins(document)
    kept.pop("id", None)
    inserted = await fault_rules.insert_rule(
        tx,
        world.sandbox.sandbox_id,
        rule,
        place=place,
        document=kept,
        now=world.clock.now(),
    )
    if not inserted:
        raise AlreadyExists("A rule of this id exists.", source=join(source, "id"))


def _made_id(derivation: Derivation, place: int) -> str:
    """The id of a rule without one: of seed and place, so that its rolls can be repeated."""
    digits = derivation.text("fault_rule_id", place, alphabet="0123456789abcdef", size=_ID_DIGITS)
    return f"fault-{digits}"


def _refuse_real_number(rule: FaultRule, *, source: str) -> None:
    """Raise PanIneligible for a number that is not for tests: none such is ever kept."""
    for name in rule.match.card:
        is_number = name.isdigit() and len(name) >= PAN_DIGITS_MIN
        if is_number and not any(profile.test_pan(name) for profile in PROFILES.values()):
            raise PanIneligible(source=source)


def _refuse_missing_operation(rule: FaultRule, *, source: str) -> None:
    """Raise NotSupported for operations that none of the rule's networks has."""
    profiles = [PROFILES[name] for name in sorted(rule.match.network or PROFILES)]
    wanted = sorted(rule.match.operation)
    if not wanted or any(offers(one, name) for one in profiles for name in wanted):
        return
    networks = ", ".join(profile.name for profile in profiles)
    raise NotSupported(
        f"{networks} has no {', '.join(wanted)}: {INSTEAD[wanted[0]]}.", source=source
    )


def rule_view(kept: KeptRule) -> FaultRuleView:
    """The rule as it was written, and how often it counted."""
    written = kept.document
    return {
        "id": kept.rule_id,
        "name": written.get("name"),
        "match": written.get("match", {}),
        "when": written.get("when", {}),
        "effect": written["effect"],
        "matched": kept.matched_count,
        "applied": kept.applied_count,
        "createdAt": iso_millis(kept.created_at),
    }


def _no_rule() -> NotFound:
    return NotFound("There is no such fault rule.", source="id", source_type="PATH")
