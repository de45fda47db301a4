"""Checks on what ties the calls of a checkout together: correlation, flow, host, transaction."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from src_system.verdict.check import Check, Flaw, Flaws, Severity, check
from src_system.verdict.history import History, Transaction, told_before
from src_system.verdict.session import is_success
from src_system.verdict.step import Step, part_of

_FLOW = "X-Src-Cx-Flow-Id"
_HOST = "X-Src-Response-Host"
# Calls about a card, a shop or a batch stand for themselves (spec 4.2, 4.14, 4.15).
_CARRYING = frozenset(
    """
    addBillingAddress addShippingAddress authenticationMethodsLookup checkout completeAuthentication
    completeIdentityValidation confirmation enrollCard getPayload getSrcProfile identityLookup
    initiateAuthentication initiateIdentityValidation isRecognized prepareCheckout unbindAppInstance
    """.split()
)

Chain = tuple[Step, ...]


def _chains(history: History) -> list[Chain]:
    """The calls of each transaction at each network that ought to name the session."""
    found: list[Chain] = []
    for transaction in history.transactions.values():
        for network in transaction.networks:
            steps = [step for step in transaction.at(network) if step.operation in _CARRYING]
            found.append(tuple(steps))
    return [*found, *_validations(history)]


def _validations(history: History) -> Iterable[Chain]:
    """The same without a srciTransactionId: a code sent, and the calls that bring it back."""
    for sent in history.of_operation("initiateIdentityValidation"):
        session_id = sent.answered("idValidationSessionId")
        if sent.transaction_id is None and session_id is not None and history.is_initiator(sent):
            yield (
                sent,
                *(
                    step
                    for step in history.of_operation("completeIdentityValidation")
                    if step.sent("idValidationSessionId") == session_id
                    and step.network == sent.network
                    and step.transaction_id is None
                ),
            )


@check(
    "src.correlation.not-carried",
    "The srcCorrelationId of the checkout is not carried on",
    Severity.FAIL,
    mend="Keep the srcCorrelationId of each network's newest answer, and send it on to that network"
    " until the confirmation.",
    of=_chains,
)
def not_carried(chain: Chain, _history: History) -> Flaws:
    """spec 2.7: once an SRC System has named the session, every later call of it brings that
    srcCorrelationId; without it a new checkout session starts, which knows nothing.
    """
    for step, told in told_before(chain, _names_of):
        if not told or step.correlation_id in told:
            continue
        how = "another" if step.correlation_id else "no"
        message = f"{step.operation} at {step.network} brings {how} srcCorrelationId."
        yield Flaw(message, (next(iter(told.values())), step))


def _names_of(step: Step) -> Iterator[str]:
    """The session as the network called it, and as the client did, when that was taken."""
    if step.is_done:
        yield from (name for name in (step.session_id, step.correlation_id) if name is not None)


def _naming(history: History) -> list[Step]:
    return [step for step in history.steps if step.correlation_id is not None]


@check(
    "src.correlation.other-network",
    "The srcCorrelationId of one network is sent to another",
    Severity.FAIL,
    mend="Keep one srcCorrelationId per network.",
    of=_naming,
)
def other_network(step: Step, history: History) -> Flaws:
    """spec 2.7, 10d: each SRC System names its own session; a checkout brings the id that came
    with the profile of that very system.
    """
    named_by = history.naming_answers.get(step.correlation_id or "")
    if named_by is not None and step.network not in named_by:
        first = next(iter(named_by.values()))
        message = f"{step.network} is sent a srcCorrelationId of {first.network}."
        yield Flaw(message, (first, step))


@check(
    "src.correlation.of-another-client",
    "A client names the session of another client",
    Severity.FAIL,
    mend="Keep sessions apart by the srcClientId that opened them.",
    of=_naming,
)
def of_another_client(step: Step, history: History) -> Flaws:
    """spec 4.11, 4.12: a session's payload and confirmations are for the client that opened it,
    and the payload for its registered recipient; 403 for others.
    """
    session = history.session_of(step)
    if "PERMISSION_DENIED" not in step.reasons or session is None:
        return
    owner = session.opened_by
    if owner is None or step.client is None:  # nobody: a client that is unknown or was suspended
        return
    if owner.client != step.client and step.knew(owner):
        yield Flaw(f"{step.operation} names another client's session.", (owner, step))


def _flows(history: History) -> list[Chain]:
    return [
        tuple(transaction.at(network))
        for transaction in history.transactions.values()
        for network in transaction.networks
    ]


@check(
    "src.flow-id.not-carried",
    "The X-Src-Cx-Flow-Id of the answers is not sent on",
    Severity.WARN,
    mend="Send the X-Src-Cx-Flow-Id of the network's first answer with every later call of the"
    " transaction.",
    of=_flows,
)
def flow_not_carried(chain: Chain, _history: History) -> Flaws:
    """spec 2.6: the flow id keeps a transaction at the site that has its data; a call without it
    may be routed to one that has not.
    """
    for step, told in told_before(chain, _flows_of):
        sent = step.header(_FLOW)
        if told and sent not in told:
            how = "another" if sent else "no"
            message = f"{step.operation} at {step.network} is sent with {how} {_FLOW}."
            yield Flaw(message, (next(iter(told.values())), step))


def _flows_of(step: Step) -> Iterator[str]:
    flow_id = step.answer_header(_FLOW)
    if flow_id and not step.is_lost:
        yield flow_id


@check(
    "src.response-host.not-used",
    "The host that an answer named is not used",
    Severity.WARN,
    mend="Send later calls of the transaction to that address, or send X-Src-Response-Host back.",
    of=_flows,
)
def host_not_used(chain: Chain, _history: History) -> Flaws:
    """spec 2.6: X-Src-Response-Host names the site that has the transaction; later calls go there,
    or bring the header along.
    """
    for step, told in told_before(chain, _hosts_of):
        if told and not any(_goes_to(step, address) for address in told):
            message = f"{step.operation} at {step.network} goes elsewhere."
            yield Flaw(message, (next(iter(told.values())), step))


def _hosts_of(step: Step) -> Iterator[str]:
    address = step.answer_header(_HOST)
    if address and step.is_done:
        yield address


def _goes_to(step: Step, address: str) -> bool:
    """Whether the call went to that site, or brings its address along."""
    named = urlsplit(address if "//" in address else f"//{address}").netloc
    host = step.header("Host")
    return step.header(_HOST) == address or host is None or _site(host) == _site(named)


def _site(host: str) -> str:
    """A host by one name: a network's own name on this machine is this machine (contract 3)."""
    name, _, port = host.lower().rpartition(":")
    name, port = (name, port) if port.isdigit() else (host.lower(), "")
    is_here = name.strip("[]") in ("127.0.0.1", "::1") or name.split(".")[-1] == "localhost"
    return f"{'localhost' if is_here else name}:{port}"


def _transactions(history: History) -> list[Transaction]:
    return list(history.transactions.values())


@check(
    "src.transaction.id-reused",
    "One srciTransactionId is used for several purchases",
    Severity.FAIL,
    mend="Make a new srciTransactionId for every basket and every consumer.",
    of=_transactions,
)
def transaction_reused(transaction: Transaction, history: History) -> Flaws:
    """spec 2.8, 1.1: a srciTransactionId is made anew for each checkout, from the button to the
    end; equal ones are taken for one checkout with several cryptograms.
    """
    payers: dict[str, tuple[str, Step]] = {}  # by network: whoever paid first
    confirmed: Step | None = None
    for step in transaction.steps:
        if not step.is_done:
            continue
        if step.operation == "confirmation" and is_success(step):
            confirmed = confirmed or step
        if step.operation != "checkout":
            continue
        who = _payer(step)
        if who is not None:
            first, place = payers.setdefault(step.network, (who, step))
            if first != who:
                yield Flaw("Two consumers paid in one transaction.", (place, step))
        session = history.session_of(step)
        if confirmed is not None and session is not None and not session.is_fetch(step):
            message = "A checkout bears the id of a transaction that was paid and confirmed."
            yield Flaw(message, (confirmed, step))


def _payer(step: Step) -> str | None:
    """Who paid, as the signed answer of a checkout says."""
    who = part_of(step.checkout_response, "maskedConsumer", "srcConsumerId")
    return who if isinstance(who, str) else None


def _federated(history: History) -> list[Step]:
    return [
        step
        for step in history.steps
        if step.transaction_id is not None and step.id_tokens and history.is_initiator(step)
    ]


@check(
    "src.transaction.id-differs",
    "Networks are sent different srciTransactionIds for one checkout",
    Severity.WARN,
    mend="Make the srciTransactionId once, and use it at all networks.",
    of=_federated,
)
def transaction_differs(step: Step, history: History) -> Flaws:
    """spec 2.8: the SRC initiator makes one srciTransactionId per checkout and gives the same to
    every network.
    """
    for token in step.id_tokens:
        issue = history.token_issues.get(token)
        if (
            issue is not None
            and issue.network != step.network
            and issue.client == step.client
            and issue.transaction_id is not None
            and issue.transaction_id != step.transaction_id
            and not history.transactions[issue.client, issue.transaction_id].is_paid_before(step)
        ):
            message = f"{step.network} hears of another transaction than {issue.network}."
            yield Flaw(message, (issue, step))
            return


CHECKS: tuple[Check, ...] = (
    not_carried,
    other_network,
    of_another_client,
    flow_not_carried,
    host_not_used,
    transaction_reused,
    transaction_differs,
)
