"""Issued one-time codes as rows: what was sent where, what became of it, and the inbox's order."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from src_system.model.authentication import AskedBy
from src_system.model.code_delivery import Message
from src_system.model.identifiers import SystemKey
from src_system.model.identity_validation import IdentityValidation, OneTimeCodeState
from src_system.store import sandboxes
from src_system.store.database import Database, Tx

_INSERT = """
INSERT INTO one_time_code (
    sandbox_id, network, id_validation_session_id, issue_number, place, channel, identity_value,
    state, issued_at, expires_at, copy_number, delivery, arrives_at, authentication_method,
    authentication_reason
) VALUES ($1, $2, $3, $4, $5, $6, $7, 'issued', $8, $9, $10, $11, $12, $13, $14)
"""


async def insert_code(
    tx: Tx,
    key: SystemKey,
    validation: IdentityValidation,
    message: Message,
    *,
    asked_by: AskedBy | None,
    place: int,
    now: datetime,
) -> None:
    """Record that code `issue_number` of *validation* was sent in *message*."""
    await tx.execute(
        _INSERT,
        *key,
        validation.id_validation_session_id,
        validation.issue_number,
        place,
        message.channel,
        message.destination,
        now,
        validation.expires_at,
        message.copy_number,
        message.mode,
        message.arrives_at,
        None if asked_by is None else asked_by.method,
        None if asked_by is None else asked_by.reason,
    )


# Rows are locked in the order in which a reader of the inbox locks them.
_SET_STATE = """
WITH locked AS (
    SELECT issue_number, copy_number
      FROM one_time_code
     WHERE sandbox_id = $1 AND network = $2 AND id_validation_session_id = $3 AND state = 'issued'
     ORDER BY place
       FOR UPDATE
)
UPDATE one_time_code AS o SET state = $4
  FROM locked AS l
 WHERE o.sandbox_id = $1 AND o.network = $2 AND o.id_validation_session_id = $3
   AND o.issue_number = l.issue_number AND o.copy_number = l.copy_number
"""


async def set_code_state(
    tx: Tx, key: SystemKey, id_validation_session_id: str, state: OneTimeCodeState
) -> None:
    """Change the state of the codes still `issued` in this validation."""
    await tx.execute(_SET_STATE, *key, id_validation_session_id, state)


class IssuedCode(NamedTuple):
    """A sent code without its value, as seen at `seen_at` by the sandbox's clock.

    `place` is its cursor, `destination` where it was sent, `identity_value` what the validation
    was started with.
    """

    network: str
    id_validation_session_id: str
    issue_number: int
    copy_number: int
    place: int
    channel: str
    destination: str
    state: str
    delivery: str
    issued_at: datetime
    expires_at: datetime
    arrives_at: datetime | None
    has_arrived: bool
    authentication_method: str | None
    authentication_reason: str | None
    purpose: str
    identity_value: str
    wrong_tries: int
    seen_at: datetime


_NOW = """
    CASE s.clock_mode
        WHEN 'frozen' THEN s.clock_at
        WHEN 'offset' THEN $7::timestamptz + make_interval(secs => s.clock_offset_seconds)
        ELSE $7::timestamptz
    END
"""
_COLUMNS = f"""
       o.channel, o.identity_value AS destination, o.state, o.delivery, o.issued_at, o.expires_at,
       o.arrives_at,
       o.delivery <> 'lost' AND (o.delivery <> 'late' OR o.arrived_place IS NOT NULL)
           AS has_arrived,
       o.authentication_method, o.authentication_reason, v.purpose, v.identity_value,
       v.wrong_tries, {_NOW} AS seen_at
"""
_TABLES = """
  FROM sandbox AS s
  JOIN one_time_code AS o ON o.sandbox_id = s.sandbox_id
  JOIN identity_validation AS v
    ON v.sandbox_id = o.sandbox_id AND v.network = o.network
   AND v.id_validation_session_id = o.id_validation_session_id
 WHERE s.sandbox_id = $1
   AND ($3::text IS NULL OR o.identity_value = $3 OR v.identity_value = $3)
   AND ($4::text IS NULL OR o.channel = $4)
   AND ($5::text IS NULL OR o.network = $5)
"""
# What has arrived, in the order of its arrival; and what is late and due but has no place yet.
_IN_INBOX = f"""
   AND (COALESCE(o.arrived_place, o.place) > $2
            AND (o.delivery NOT IN ('lost', 'late') OR o.arrived_place IS NOT NULL)
        OR o.delivery = 'late' AND o.arrived_place IS NULL AND o.arrives_at <= {_NOW})
"""

_LIST_INBOX = f"""
SELECT o.network, o.id_validation_session_id, o.issue_number, o.copy_number,
       COALESCE(o.arrived_place, o.place) AS cursor_place, {_COLUMNS}
{_TABLES}
{_IN_INBOX}
 ORDER BY COALESCE(o.arrived_place, o.place)
 LIMIT $6
"""

# A call that is just superseding a code is waited for, and the code then passed over.
_LIST_NOT_SUPERSEDED = f"""
SELECT o.network, o.id_validation_session_id, o.issue_number, o.copy_number,
       COALESCE(o.arrived_place, o.place) AS cursor_place, {_COLUMNS}
{_TABLES}
{_IN_INBOX}
   AND o.state <> 'superseded'
 ORDER BY COALESCE(o.arrived_place, o.place)
 LIMIT $6
   FOR SHARE OF o
"""

_LIST_SENT = f"""
SELECT o.network, o.id_validation_session_id, o.issue_number, o.copy_number, o.place, {_COLUMNS}
{_TABLES}
   AND o.place > $2
 ORDER BY o.place
 LIMIT $6
"""


@dataclass(frozen=True, slots=True)
class CodeFilter:
    """Which codes; None lets all pass. *has_undelivered* lists what was sent, arrived or not."""

    identity_value: str | None = None
    channel: str | None = None
    network: str | None = None
    has_undelivered: bool = False
    has_superseded: bool = True


async def list_codes(
    database: Database,
    sandbox_id: str,
    chosen: CodeFilter,
    *,
    after: int,
    limit: int,
    machine_now: datetime,
) -> list[IssuedCode]:
    """Codes behind the cursor *after*, oldest first: by arrival, or as sent for undelivered ones.

    A late code whose time has come arrives now, behind all that came before.
    """
    if chosen.has_undelivered:
        statement = _LIST_SENT
    else:
        statement = _LIST_INBOX if chosen.has_superseded else _LIST_NOT_SUPERSEDED
    arguments = (
        sandbox_id,
        after,
        chosen.identity_value,
        chosen.channel,
        chosen.network,
        limit,
        machine_now,
    )
    async with database.connection() as tx:
        found = [IssuedCode(*row.values()) for row in await tx.fetch(statement, *arguments)]
    late = [code for code in found if not code.has_arrived]
    if chosen.has_undelivered or not late:
        return found
    async with database.transaction() as tx:
        await _arrive(tx, sandbox_id, now=late[0].seen_at)
    async with database.connection() as tx:
        found = [IssuedCode(*row.values()) for row in await tx.fetch(statement, *arguments)]
    return [code for code in found if code.has_arrived]


_LOCK_DUE = """
SELECT network, id_validation_session_id, issue_number, copy_number
  FROM one_time_code
 WHERE sandbox_id = $1 AND delivery = 'late' AND arrived_place IS NULL AND arrives_at <= $2
 ORDER BY arrives_at, place
   FOR UPDATE
"""

_ARRIVE = """
UPDATE one_time_code SET arrived_place = $6
 WHERE sandbox_id = $1 AND network = $2 AND id_validation_session_id = $3
   AND issue_number = $4 AND copy_number = $5
"""


async def _arrive(tx: Tx, sandbox_id: str, *, now: datetime) -> None:
    """Give every late code that is due at *now* its place in the inbox, once."""
    for due in await tx.fetch(_LOCK_DUE, sandbox_id, now):
        place = await sandboxes.next_one_time_code_place(tx, sandbox_id)
        await tx.execute(_ARRIVE, sandbox_id, *due.values(), place)
