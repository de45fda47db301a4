"""Checks on recognising a person, on what the idToken opens, and on forgetting again."""

from src_system.verdict.check import Check, Flaw, Flaws, Severity, check
from src_system.verdict.history import History, Transaction
from src_system.verdict.step import Step, expiry_of

_LOOKUP, _INITIATE = "identityLookup", "initiateIdentityValidation"
_COMPLETE, _RECOGNIZE = "completeIdentityValidation", "isRecognized"
_UNBIND, _PROFILE = "unbindAppInstance", "getSrcProfile"
# What an idToken is shown for; unbinding with an old one does no harm.
_OPENED_BY_TOKEN = (
    _PROFILE,
    "checkout",
    "prepareCheckout",
    "enrollCard",
    "addShippingAddress",
    "updateShippingAddress",
    "updateCard",
)
_FIRST_OF_A_TRIP = (_LOOKUP, _INITIATE, _COMPLETE, _RECOGNIZE, _PROFILE)


def _transactions(history: History) -> list[Transaction]:
    return list(history.transactions.values())


@check(
    "src.recognition.lookup-after-recognised",
    "A consumer is looked up who had been recognised",
    Severity.WARN,
    mend="Take the idTokens of isRecognized to getSrcProfile at all networks; look up only when"
    ' nobody recognises the device, or after "not you?" and unbindAppInstance.',
    of=_transactions,
)
def lookup_after_recognised(transaction: Transaction, _history: History) -> Flaws:
    """spec 10b: where isRecognized says yes, its idTokens open the profile at every network;
    neither look-up nor code follows.
    """
    recognised: Step | None = None
    for step in transaction.steps:
        if step.operation == _RECOGNIZE and step.is_done:
            if step.exchange.response.get("recognized") is True:
                recognised = recognised or step
        elif step.operation == _UNBIND or step.answered("dcfActionCode") == "SWITCH_CONSUMER":
            recognised = None
        elif step.operation == _PROFILE and step.is_done and not step.profiles:
            recognised = None  # the tokens led to nobody: somebody has to be asked for
        elif step.operation not in (_LOOKUP, _INITIATE) or recognised is None:
            continue
        elif step.knew(recognised):
            yield Flaw(f"{step.operation} follows a recognition.", (recognised, step))


def _showing_tokens(history: History) -> list[Step]:
    return [step for step in history.of_operation(*_OPENED_BY_TOKEN) if step.id_tokens]


@check(
    "src.id-token.expired",
    "An expired idToken is presented",
    Severity.FAIL,
    mend="Read exp before use; when it is over, ask isRecognized or validate the consumer again.",
    of=_showing_tokens,
)
def id_token_expired(step: Step, _history: History) -> Flaws:
    """spec 5.22, 10f: an idToken lives eight minutes; it is renewed, not kept."""
    for token in step.id_tokens:
        end = expiry_of(token)
        if end is not None and end <= step.at:
            yield Flaw(f"{step.operation} is asked with an expired idToken.", (step,))
            return


@check(
    "src.id-token.not-federated",
    "The idToken of one network is not passed on to the others",
    Severity.WARN,
    mend="Call getSrcProfile with the idToken at every network that the checkout talks to.",
    of=_transactions,
)
def not_federated(transaction: Transaction, _history: History) -> Flaws:
    """spec 10b, 10f: one idToken is given to getSrcProfile of every SRC System, also of those that
    did not find the consumer; each shows only its own cards.
    """
    paid = transaction.first_checkout
    if paid is None:
        return  # not yet at its end: the others may still be asked
    before = [step for step in transaction.steps if step.called_at < paid.called_at]
    asked = [step for step in before if step.operation == _PROFILE]
    shown = [step for step in asked if step.id_tokens]
    served = {step.network for step in asked if step.id_tokens or step.profiles}
    reached = dict.fromkeys(
        step.network for step in before if step.operation in _FIRST_OF_A_TRIP and step.is_done
    )
    left_out = [network for network in reached if network not in served]
    if shown and left_out:
        message = f"{', '.join(left_out)} did not get the idToken of {shown[0].network}."
        yield Flaw(message, (shown[0], paid))


@check(
    "src.unbind.one-network",
    "unbindAppInstance is called at some of the networks only",
    Severity.FAIL,
    mend="Call unbindAppInstance at every network that the checkout talks to.",
    of=_transactions,
)
def unbound_at_one(transaction: Transaction, _history: History) -> Flaws:
    """spec 4.8, 10f: forgetting a device is done at every SRC System, not only at the one that
    said so; by federation a single one left recognises the consumer at all.
    """
    unbound = [step for step in transaction.steps if step.operation == _UNBIND]
    if not unbound:
        return
    done = {step.network for step in unbound}
    left_out = [
        network
        for network in transaction.networks
        if network not in done
        and any(
            step.operation in _FIRST_OF_A_TRIP and step.is_done for step in transaction.at(network)
        )
    ]
    if left_out:
        yield Flaw(f"{', '.join(left_out)} still know the device.", tuple(unbound))


def _asked_to_unbind(history: History) -> list[Step]:
    return [
        step
        for step in history.of_operation("checkout")
        if step.is_done and step.exchange.response.get("unbindAppInstance") is True
    ]


@check(
    "src.unbind.ignored",
    "unbindAppInstance was asked for and is not called",
    Severity.FAIL,
    mend="Read unbindAppInstance of the checkout's answer, and call unbindAppInstance everywhere"
    " before going on.",
    of=_asked_to_unbind,
)
def unbind_ignored(step: Step, history: History) -> Flaws:
    """spec 4.8, 6.1: a checkout that answers unbindAppInstance true ("not you?", or remember me
    taken back) is followed by unbindAppInstance at every SRC System.
    """
    transaction = history.transaction_around(step)
    if transaction is None:
        return
    later = [one for one in transaction.steps if one.knew(step)]
    went_on = next((one for one in later if one.operation in _FIRST_OF_A_TRIP), None)
    if went_on is not None and not any(one.operation == _UNBIND for one in later):
        yield Flaw("The checkout goes on as if nobody had left.", (step, went_on))


CHECKS: tuple[Check, ...] = (
    lookup_after_recognised,
    id_token_expired,
    not_federated,
    unbound_at_one,
    unbind_ignored,
)
