"""Checks on batches: those of DPAs, and those of issuers' cards (spec 4.14, 4.15)."""

from src_system.verdict.check import Check, Flaw, Flaws, Severity, check
from src_system.verdict.history import History
from src_system.verdict.step import Step, part_of

_STATUS_OF = {"registerDpas": "getDpaBatch", "enrollCardsBatch": "getCardsBatch"}


def _registrations(history: History) -> list[Step]:
    return history.of_operation("registerDpas")


@check(
    "src.batch.mixed-actions",
    "A batch of DPAs mixes ADD and UPDATE",
    Severity.FAIL,
    mend="Send the items with ADD and those with UPDATE in batches of their own.",
    of=_registrations,
)
def mixed_actions(step: Step, _history: History) -> Flaws:
    """spec 4.15: a batch adds DPAs or updates them; one that does both is refused."""
    items = step.part("items")
    actions = [part_of(item, "action") for item in (items if isinstance(items, list) else ())]
    if "ADD" in actions and "UPDATE" in actions:
        yield Flaw("The batch has items with ADD and items with UPDATE.", (step,))


def _taken(history: History) -> list[Step]:
    return [
        step
        for step in history.of_operation(*_STATUS_OF)
        if step.is_done and step.answered("batchId") is not None
    ]


@check(
    "src.batch.never-looked-at",
    "Nobody asked what became of a batch",
    Severity.WARN,
    mend="Ask for the batch's status until it is no longer IN_PROGRESS, and handle each failure.",
    of=_taken,
)
def never_looked_at(step: Step, history: History) -> Flaws:
    """spec 4.14, 4.15: a batch that was taken has done nothing yet; each record succeeds or fails
    by itself, and only the status says which.
    """
    looked_at = history.looked_up_batches.get((step.network, step.answered("batchId")))
    if looked_at is None:
        yield Flaw(f"{step.operation} at {step.network} was not followed up.", (step,))


CHECKS: tuple[Check, ...] = (mixed_actions, never_looked_at)
