"""The two statements of the checkout path, shared by the requests that come to them together."""

from src_system.store.checkout_contexts import (
    CheckoutContext,
    ContextQuestion,
    read_checkout_contexts,
)
from src_system.store.checkout_records import CheckoutRecord, record_checkouts
from src_system.store.database import Database
from src_system.store.gathering import Gathering
from src_system.store.statement_counter import StatementCounter


class CheckoutPath:
    """Reads contexts and keeps records. *counter* counts a shared statement as one of its own."""

    __slots__ = ("_contexts", "_records")

    def __init__(self, database: Database) -> None:
        self._contexts: Gathering[ContextQuestion, CheckoutContext] = Gathering(
            database, read_checkout_contexts, is_repeatable=True
        )
        self._records: Gathering[CheckoutRecord, None] = Gathering(
            database, record_checkouts, rows=CheckoutRecord.rows_written
        )

    async def read_context(
        self, question: ContextQuestion, counter: StatementCounter | None
    ) -> CheckoutContext:
        """Session, card, consumer, token, counters; AuthInvalid when the idToken was taken back."""
        if counter is not None:
            counter.statements += 1
        return await self._contexts.ask(question)

    async def record(self, record: CheckoutRecord, counter: StatementCounter | None) -> None:
        """Keep session, checkout and cryptogram, all or none.

        Raises UniqueViolation("cryptogram_replay_guard") when a parallel call took the ordinal, and
        ForeignCorrelation when another client opened a session of this name meanwhile.
        """
        if counter is not None:
            counter.statements += 1
        await self._records.ask(record)
