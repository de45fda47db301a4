"""Fault rules as rows: kept in the order they were made, counted while calls run beside each other.

Whatever bounds a rule (`nth`, `times`, `maxConsecutive`, quotas, calls) is decided in one statement
under the lock of its row, so that it holds on all workers together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from src_system.model.errors import SrcError
from src_system.model.fault import FaultRule
from src_system.model.fault_document import FaultRuleDocument
from src_system.model.fault_effects import QuotaEffect, StateEffect, slot_of
from src_system.model.fault_reading import read_rule
from src_system.store.database import Tx


@dataclass(frozen=True, slots=True)
class KeptRule:
    """A rule as it is listed: the document as it was written, and how often it counted."""

    rule_id: str
    document: Mapping[str, Any]
    matched_count: int
    applied_count: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Met:
    """A rule that takes effect on a call; of a quota, when the present period ends."""

    rule_id: str
    window_ends_at: datetime | None


_LAST_PLACE = "SELECT COALESCE(max(place), 0) FROM fault_rule WHERE sandbox_id = $1"


async def last_place(tx: Tx, sandbox_id: str) -> int:
    """The place of the last rule, 0 without any. The caller holds the lock on the sandbox's row."""
    place: int = await tx.fetchval(_LAST_PLACE, sandbox_id)
    return place


_INSERT = """
INSERT INTO fault_rule (
    sandbox_id, rule_id, place, document, slot, nth, times, max_consecutive, calls, quota_limit,
    quota_period, created_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT ON CONSTRAINT fault_rule_pkey DO NOTHING
RETURNING rule_id
"""


async def insert_rule(
    tx: Tx,
    sandbox_id: str,
    rule: FaultRule,
    *,
    place: int,
    document: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Add the rule; False when its id is taken."""
    quota = rule.effect if isinstance(rule.effect, QuotaEffect) else None
    inserted = await tx.fetchval(
        _INSERT,
        sandbox_id,
        rule.rule_id,
        place,
        dict(document),
        slot_of(rule.effect),
        sorted(rule.match.nth) or None,
        rule.when.times,
        rule.when.max_consecutive,
        rule.effect.calls if isinstance(rule.effect, StateEffect) else None,
        None if quota is None else quota.limit,
        None if quota is None else quota.per,
        now,
    )
    return inserted is not None


_LIST = """
SELECT rule_id, document, matched_count, applied_count, created_at
  FROM fault_rule
 WHERE sandbox_id = $1
 ORDER BY place
"""


async def list_rules(tx: Tx, sandbox_id: str) -> list[KeptRule]:
    """The rules in the order they were made."""
    return [KeptRule(*row.values()) for row in await tx.fetch(_LIST, sandbox_id)]


_FIND = """
SELECT rule_id, document, matched_count, applied_count, created_at
  FROM fault_rule
 WHERE sandbox_id = $1 AND rule_id = $2
"""


async def find_rule(tx: Tx, sandbox_id: str, rule_id: str) -> KeptRule | None:
    """The rule of that id, or None."""
    row = await tx.fetchrow(_FIND, sandbox_id, rule_id)
    return None if row is None else KeptRule(*row.values())


def to_rule(kept: KeptRule) -> FaultRule | None:
    """The rule that the document says; None when it says what only another version understands."""
    try:
        return read_rule(msgspec.convert(kept.document, FaultRuleDocument), kept.rule_id)
    except (msgspec.ValidationError, SrcError):
        return None


_DELETE = """
DELETE FROM fault_rule
 WHERE sandbox_id = $1 AND ($2::text IS NULL OR rule_id = $2)
RETURNING rule_id
"""
_FORGET_CHANGES = """
DELETE FROM state_change
 WHERE sandbox_id = $1 AND cause = ANY($2::text[])
"""


async def delete_rules(tx: Tx, sandbox_id: str, rule_id: str | None = None) -> list[str]:
    """Remove the rule, or all of them, with what was still to come of them; the ids removed."""
    removed = [row["rule_id"] for row in await tx.fetch(_DELETE, sandbox_id, rule_id)]
    await tx.execute(_FORGET_CHANGES, sandbox_id, removed)
    return removed


_ROLL = """
INSERT INTO fault_roll AS f (sandbox_id, rule_id, subject, roll_count)
SELECT $1, r.rule_id, $3, 1
  FROM fault_rule AS r
 WHERE r.sandbox_id = $1 AND r.rule_id = ANY($2::text[])
 ORDER BY r.rule_id
ON CONFLICT ON CONSTRAINT fault_roll_pkey DO UPDATE SET roll_count = f.roll_count + 1
RETURNING rule_id, roll_count
"""


async def count_rolls(
    tx: Tx, sandbox_id: str, rule_ids: Sequence[str], subject: str
) -> dict[str, int]:
    """How often each rule has rolled for *subject*, this time included."""
    rows = await tx.fetch(_ROLL, sandbox_id, list(rule_ids), subject)
    return {row["rule_id"]: row["roll_count"] for row in rows}


# The rows are locked in the order of their places and judged by what they hold then. A rule that
# takes effect leaves nothing of its slot for those behind it.
_MEET = """
WITH held AS (
    SELECT r.rule_id, r.place, r.slot, r.nth, r.times, r.max_consecutive, r.calls, r.quota_limit,
           r.quota_period, r.matched_count + 1 AS ordinal, r.applied_count, r.consecutive_count,
           r.window_began_at, r.window_count, w.is_rolled
      FROM unnest($2::text[], $3::boolean[]) AS w(rule_id, is_rolled)
      JOIN fault_rule AS r ON r.sandbox_id = $1 AND r.rule_id = w.rule_id
     ORDER BY r.place
       FOR UPDATE OF r
), counted AS (
    SELECT h.rule_id, h.place, h.slot, h.nth, h.times, h.max_consecutive, h.calls, h.quota_limit,
           h.ordinal, h.applied_count, h.consecutive_count, h.is_rolled, h.quota_period,
           CASE WHEN h.is_new THEN $4::timestamptz ELSE h.window_began_at END AS began_at,
           CASE WHEN h.is_new THEN 1 ELSE h.window_count + 1 END AS in_window
      FROM (SELECT held.rule_id, held.place, held.slot, held.nth, held.times, held.max_consecutive,
                   held.calls, held.quota_limit, held.ordinal, held.applied_count,
                   held.consecutive_count, held.is_rolled, held.quota_period,
                   held.window_began_at, held.window_count,
                   held.window_began_at IS NULL OR $4 < held.window_began_at
                       OR $4 >= held.window_began_at + held.quota_period AS is_new
              FROM held) AS h
), judged AS (
    SELECT c.rule_id, c.place, c.slot, c.began_at, c.in_window, c.quota_period,
           c.is_rolled
           AND (c.nth IS NULL OR c.ordinal = ANY(c.nth))
           AND (c.times IS NULL OR c.applied_count < c.times)
           AND (c.max_consecutive IS NULL OR c.consecutive_count < c.max_consecutive)
           AND (c.calls IS NULL OR c.ordinal = c.calls)
           AND (c.quota_limit IS NULL OR c.in_window > c.quota_limit) AS may_apply
      FROM counted AS c
), decided AS (
    SELECT j.rule_id, j.began_at, j.in_window, j.began_at + j.quota_period AS window_ends_at,
           j.may_apply AND NOT COALESCE(
               bool_or(j.may_apply) OVER (
                   PARTITION BY j.slot ORDER BY j.place
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
               ), false
           ) AS applies
      FROM judged AS j
)
UPDATE fault_rule AS r
   SET matched_count = r.matched_count + 1,
       applied_count = r.applied_count + CASE WHEN d.applies THEN 1 ELSE 0 END,
       consecutive_count = CASE WHEN d.applies THEN r.consecutive_count + 1 ELSE 0 END,
       window_began_at = d.began_at,
       window_count = d.in_window
  FROM decided AS d
 WHERE r.sandbox_id = $1 AND r.rule_id = d.rule_id
RETURNING r.rule_id, d.applies, d.window_ends_at
"""


async def meet_rules(
    tx: Tx, sandbox_id: str, rolled: Mapping[str, bool], *, now: datetime
) -> list[Met]:
    """Count a call that matches the rules in *rolled*; those that take effect on it.

    *rolled* says for each whether chance is for it; *now* is simulated.
    """
    rows = await tx.fetch(_MEET, sandbox_id, list(rolled), list(rolled.values()), now)
    return [Met(row["rule_id"], row["window_ends_at"]) for row in rows if row["applies"]]


_GIVE_BACK = """
UPDATE fault_rule
   SET applied_count = GREATEST(applied_count - 1, 0),
       consecutive_count = GREATEST(consecutive_count - 1, 0)
 WHERE sandbox_id = $1 AND rule_id = ANY($2::text[])
"""


async def give_back(tx: Tx, sandbox_id: str, rule_ids: Sequence[str]) -> None:
    """Take back that these rules took effect: the call ended before it could come to that."""
    await tx.execute(_GIVE_BACK, sandbox_id, list(rule_ids))
