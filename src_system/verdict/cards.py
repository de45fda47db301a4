"""Checks on which card is used: whose it is, at which network, and whether it can pay."""

from src_system.verdict.check import Check, Flaw, Flaws, Severity, check
from src_system.verdict.history import History, card_key
from src_system.verdict.session import Session
from src_system.verdict.step import Step, part_of

_ABOUT_CARDS = (
    "getCard",
    "updateCard",
    "deleteCard",
    "addBillingAddress",
    "deleteBillingAddress",
)
_PAYING = ("checkout", "prepareCheckout")
_UNUSABLE = ("SUSPENDED", "EXPIRED", "CANCELLED")
_PENDING = "PENDING_AUTHENTICATION"
_AUTHENTICATING = ("initiateAuthentication", "completeAuthentication", "updateCard")


def _paying_with_card(history: History) -> list[Step]:
    return [step for step in history.of_operation(*_PAYING) if step.card_id is not None]


def _with_card(history: History) -> list[Step]:
    return [step for step in history.steps if step.card_id is not None]


@check(
    "src.card.of-another-network",
    "A card is used at a network that it does not belong to",
    Severity.FAIL,
    mend="Remember with each card of the merged list which network it came from.",
    of=_with_card,
)
def of_another_network(step: Step, history: History) -> Flaws:
    """spec 1.1, 10d: a card is checked out at the one SRC System that showed it."""
    shown = history.showings_of(step.card_id).networks_before(step)
    if shown and step.network not in shown:
        first = next(iter(shown.values()))
        message = f"{step.operation} at {step.network} is about a card of {first.network}."
        yield Flaw(message, (first, step))


def _not_deleting(history: History) -> list[Step]:
    """Deleting twice does no harm: the first answer may have been lost."""
    return [step for step in _with_card(history) if step.operation != "deleteCard"]


def _about_cards(history: History) -> list[Step]:
    return [step for step in history.of_operation(*_ABOUT_CARDS) if step.card_id is not None]


@check(
    "src.card.of-another-client",
    "A client asks for a card that only another client was shown",
    Severity.FAIL,
    mend="Keep cards apart by the srcClientId under which they were enrolled or shown.",
    of=_about_cards,
)
def of_another_client(step: Step, history: History) -> Flaws:
    """spec 4.2: a card is read, changed and deleted by clients that hold it; PERMISSION_DENIED for
    others.
    """
    if "PERMISSION_DENIED" not in step.reasons:
        return
    shown = history.showings_of(step.card_id).clients_before(step)
    if shown and step.client not in shown:
        first = next(iter(shown.values()))
        yield Flaw(f"{step.operation} is about another client's card.", (first, step))


@check(
    "src.card.used-after-deletion",
    "A deleted card is used",
    Severity.FAIL,
    mend="Forget a card's id when deleteCard has answered.",
    of=_not_deleting,
)
def used_after_deletion(step: Step, history: History) -> Flaws:
    """spec 4.2, 5.9: deleteCard ends a card and its token for good."""
    deleted = history.deleted_cards.get((step.network, card_key(step.card_id or "")))
    if deleted is None or not step.knew(deleted):
        return
    shown = history.showings_of(step.card_id).last_before(step)
    if shown is None or not shown.knew(deleted):
        yield Flaw(f"{step.operation} is about a card that was deleted.", (deleted, step))


@check(
    "src.card.unusable",
    "A card is checked out that was shown as unusable",
    Severity.FAIL,
    mend="Read digitalCardData.status, and offer ACTIVE and PENDING cards only.",
    of=_paying_with_card,
)
def unusable(step: Step, history: History) -> Flaws:
    """spec 4.7, 5.9: profiles also list cards that are suspended or expired; they are shown as
    such and not offered.
    """
    shown = history.showings_of(step.card_id).last_to_client_before(step)
    status = None if shown is None else _status(shown, step.card_id or "")
    if shown is not None and status in _UNUSABLE:
        yield Flaw(f"The card was last shown as {status}.", (shown, step))


def _status(shown: Step, card_id: str) -> str | None:
    for card in shown.masked_cards:
        if card_key(str(card.get("srcDigitalCardId"))) == card_key(card_id):
            status = part_of(card, "digitalCardData", "status")
            return status if isinstance(status, str) else None
    return None


def _pending(history: History) -> list[Session]:
    return [
        session
        for session in history.sessions.values()
        if any(_is_pending(step) for step in session.checkouts)
    ]


def _is_pending(step: Step) -> bool:
    return step.is_done and step.answered("dcfActionCode") == _PENDING


@check(
    "src.card.pending-not-settled",
    "A checkout that waits for an authentication is only repeated",
    Severity.WARN,
    mend="Call initiateAuthentication and completeAuthentication for the card, then check out"
    " again.",
    of=_pending,
)
def pending_not_settled(session: Session, _history: History) -> Flaws:
    """spec 6.1: PENDING_AUTHENTICATION asks for the security code or another authentication; the
    checkout is repeated after it.
    """
    waiting: dict[str, Step] = {}
    for step in session.steps:
        if step.operation in _AUTHENTICATING or "encryptedCard" in step.body:
            waiting.clear()
        elif step.operation == "checkout":
            earlier = waiting.pop(step.card_id or "", None)
            if earlier is not None and step.knew(earlier):
                yield Flaw("The checkout is repeated, and nothing was settled.", (earlier, step))
            if _is_pending(step):
                waiting[step.card_id or ""] = step


CHECKS: tuple[Check, ...] = (
    of_another_network,
    of_another_client,
    used_after_deletion,
    unusable,
    pending_not_settled,
)
