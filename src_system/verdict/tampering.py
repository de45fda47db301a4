"""Does your side verify? What a client did with artefacts that faults had made wrong.

The simulator hands out an artefact that looks right and is wrong in one way. Whoever verifies
stops there; whoever goes on with it did not look.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from src_system.crypto import jws
from src_system.crypto.rsa_keys import public_from_jwk
from src_system.verdict.check import Check, Flaw, Flaws, Severity, check
from src_system.verdict.history import History
from src_system.verdict.key_sets import keys_in
from src_system.verdict.session import Session, claims_payment
from src_system.verdict.step import TOKEN_CHARACTERS_MAX, Step

_RESPONSE, _PAYLOAD, _KEYS = "checkoutResponse", "payload", "keys"
_ID_TOKEN, _RECOGNITION_TOKEN = "idToken", "recognitionToken"
_UNBIND, _CONFIRMATION, _GET_PAYLOAD = "unbindAppInstance", "confirmation", "getPayload"

Use = tuple[str, tuple[Step, ...]]  # what was done with a tampered artefact, and where


def _tampered(artefact: str, history: History) -> list[Step]:
    return [step for step in history.tampered if step.tampering(artefact) is not None]


def _flaws(step: Step, artefact: str, uses: Iterator[Use]) -> Flaws:
    """The first use is enough: the rest follows from it."""
    for what, steps in uses:
        message = f"A tampered {artefact} ({step.tampering(artefact)}) was used: {what}."
        yield Flaw(message, (step, *steps))
        return


def _tampered_responses(history: History) -> list[Step]:
    return _tampered(_RESPONSE, history)


@check(
    "src.verify.checkout-response",
    "A tampered checkoutResponse was accepted",
    Severity.FAIL,
    mend="Verify the JWS against the network's keys and compare the ids before decrypting; on any"
    " doubt authorise nothing, and check out again.",
    of=_tampered_responses,
)
def response_accepted(step: Step, history: History) -> Flaws:
    """spec 8.2, 10d: the signature of every checkoutResponse is verified (RS256, a key of the
    network's own set, found by kid), and its srcCorrelationId and srciTransactionId are those of
    the call, before anything in it is believed.
    """
    yield from _flaws(step, _RESPONSE, _uses_of_response(step, history))


def _tampered_payloads(history: History) -> list[Step]:
    return _tampered(_PAYLOAD, history)


@check(
    "src.verify.payload",
    "A tampered payload was accepted",
    Severity.FAIL,
    mend="Take a JWE library's refusal for what it is; compare dynamicDataExpiration and the card"
    " with the order; check out again for another payload.",
    of=_tampered_payloads,
)
def payload_accepted(step: Step, history: History) -> Flaws:
    """spec 8.1, 5.17, 8.8: an encryptedPayload is opened with the key that its kid names, its tag
    is checked, and its dynamic data is of this checkout and still good.
    """
    yield from _flaws(step, _PAYLOAD, _uses_of_payload(step, history))


def _uses_of_response(step: Step, history: History) -> Iterator[Use]:
    session = history.session_of(step)
    if session is not None:
        signed = (*session.paid, *(one for one in session.fetches if one.checkout_response))
        sound = _sound_instead(step, _RESPONSE, signed)
        yield from _payments_after(step, session, sound, history)
        for fetch in _tried(_GET_PAYLOAD, step, session, history):
            if not _knew_any(fetch, sound):
                yield "the payload was fetched", (fetch,)


def _uses_of_payload(step: Step, history: History) -> Iterator[Use]:
    session = history.session_of(step)
    if session is not None:
        handed_out = tuple(delivery.step for delivery in session.deliveries)
        sound = _sound_instead(step, _PAYLOAD, handed_out)
        yield from _payments_after(step, session, sound, history)


def _sound_instead(step: Step, artefact: str, others: tuple[Step, ...]) -> list[Step]:
    """The *others* that brought the artefact anew, and sound."""
    return [
        one for one in others if one.tampering(artefact) is None and one.is_done and one.knew(step)
    ]


def _knew_any(step: Step, earlier: Sequence[Step]) -> bool:
    return any(step.knew(one) for one in earlier)


def _payments_after(
    step: Step, session: Session, sound: Sequence[Step], history: History
) -> Iterator[Use]:
    """Payments that were confirmed, or were to be, although nothing *sound* had come instead."""
    for confirmation in _tried(_CONFIRMATION, step, session, history):
        if claims_payment(confirmation) and not _knew_any(confirmation, sound):
            how = "was to be" if confirmation.entry.is_refused else "was"
            yield f"the payment {how} confirmed", (confirmation,)


def _tried(operation: str, step: Step, session: Session, history: History) -> Iterator[Step]:
    """The calls of *operation* that went on from *step*, whatever the network said to them.

    Who is refused has believed all the same. A call that names no session is always refused, and
    belongs to none: its transaction says which checkout it is about.
    """
    transaction = history.transactions.get((step.client, step.transaction_id or ""))
    nameless = [
        one
        for one in (() if transaction is None else transaction.at(step.network))
        if one.correlation_id is None and one.entry.is_refused
    ]
    for one in (*session.steps, *nameless):
        if one.operation == operation and one.knew(step):
            yield one


def _tampered_id_tokens(history: History) -> list[Step]:
    return _tampered(_ID_TOKEN, history)


@check(
    "src.verify.id-token",
    "A tampered idToken was passed on",
    Severity.FAIL,
    mend="Verify signature, iss, aud and exp of an idToken before presenting it anywhere.",
    of=_tampered_id_tokens,
)
def id_token_accepted(step: Step, history: History) -> Flaws:
    """spec 5.22, 8.7: an idToken is a signed JWT for its audience and eight minutes; who passes it
    on to other networks vouches for having got it so.
    """
    yield from _flaws(step, _ID_TOKEN, _uses_of_id_token(step, history))


def _uses_of_id_token(step: Step, history: History) -> Iterator[Use]:
    """Whoever was handed several, of which some hold, may use those."""
    wrong = {
        step.text_at(path)
        for name in ("idToken", "idTokens", "authorization")
        for path, artefact in step.artefacts("response", name)
        if artefact.is_valid is not True
    }
    tokens = step.issued_id_tokens
    yield from _presented(step, [one for one in tokens if one in wrong] or tokens, history)


def _tampered_recognition_tokens(history: History) -> list[Step]:
    return _tampered(_RECOGNITION_TOKEN, history)


@check(
    "src.verify.recognition-token",
    "A tampered recognition token was kept and presented",
    Severity.FAIL,
    mend="Verify signature and exp of a recognitionToken before storing it.",
    of=_tampered_recognition_tokens,
)
def recognition_token_accepted(step: Step, history: History) -> Flaws:
    """spec 4.8, 5.22: a recognition token is a signed JWT; one that does not hold is not stored,
    since it will recognise nobody, or somebody else.
    """
    yield from _flaws(step, _RECOGNITION_TOKEN, _uses_of_recognition_token(step, history))


def _uses_of_recognition_token(step: Step, history: History) -> Iterator[Use]:
    token = step.answered(_RECOGNITION_TOKEN)
    yield from _presented(step, [] if token is None else [token], history)


def _presented(step: Step, wrong: Sequence[str], history: History) -> Iterator[Use]:
    """Unbinding with a wrong token does no harm."""
    for token in wrong:
        for use in history.uses_of(token):
            if use.knew(step) and use.operation != _UNBIND:
                yield f"{use.operation} presented it", (use,)


def _tampered_key_sets(history: History) -> list[Step]:
    return _tampered(_KEYS, history)


@check(
    "src.verify.keys",
    "A checkout was accepted that only tampered keys could vouch for",
    Severity.FAIL,
    mend="Look for the kid, fetch the set once more when it is not there or does not verify, and"
    " stop when it still does not.",
    of=_tampered_key_sets,
)
def keys_accepted(step: Step, history: History) -> Flaws:
    """spec 8.2, 8.3: a checkoutResponse is believed when a key of the network's set verifies it;
    without that key there is one more look at the set, and then an end.
    """
    yield from _flaws(step, _KEYS, _uses_of_keys(step, history))


def _uses_of_keys(step: Step, history: History) -> Iterator[Use]:
    """Confirmed checkouts of clients that had no sound set, and none of whose answers it verifies.

    Who fetches keys is not known: every client of the sandbox is meant.
    """
    sound = history.key_sets_of(step.network)
    for confirmation in history.of_operation(_CONFIRMATION):
        session = history.session_of(confirmation)
        if (
            confirmation.network != step.network
            or session is None
            or not session.paid
            or not (confirmation.knew(step) and claims_payment(confirmation))
            or sound.newest_known(confirmation) is not None
        ):
            continue
        known = [one for one in session.paid if confirmation.knew(one)]
        if not any(_verifies(step, one) for one in known):
            how = "was to be" if confirmation.entry.is_refused else "was"
            what = f"a checkout {how} confirmed that it does not verify"
            yield what, (*known[-1:], confirmation)


def _verifies(key_set: Step, checkout: Step) -> bool:
    """Whether a key of the set made the signature of the checkout's answer."""
    for name in ("checkoutResponse", "checkoutResponseJWS"):
        token = checkout.answered(name)
        if token is None:
            continue
        try:
            unverified = jws.parse(token, max_length=TOKEN_CHARACTERS_MAX)
            keys = [
                key for key in keys_in(key_set) if key.get("kid") == unverified.header.get("kid")
            ]
            return any(_is_signed_with(unverified, key) for key in keys)
        except jws.JwsRefused:
            return False
    return False


def _is_signed_with(unverified: jws.UnverifiedJws, key: Mapping[str, object]) -> bool:
    try:
        jws.verify(unverified, public_from_jwk(key))
    except ValueError:  # no key, or not its signature
        return False
    return True


_USES: Mapping[str, Callable[[Step, History], Iterator[Use]]] = {
    _RESPONSE: _uses_of_response,
    _PAYLOAD: _uses_of_payload,
    _ID_TOKEN: _uses_of_id_token,
    _RECOGNITION_TOKEN: _uses_of_recognition_token,
    _KEYS: _uses_of_keys,
}


def _all_tampered(history: History) -> list[Step]:
    return list(history.tampered)


@check(
    "src.verify.rejected",
    "A tampered artefact was not used",
    Severity.INFO,
    mend="Nothing: your side verifies.",
    of=_all_tampered,
)
def rejected(step: Step, history: History) -> Flaws:
    """spec 8: what does not verify is not used. This is what ought to happen."""
    for artefact, uses in _USES.items():
        how = step.tampering(artefact)
        if how is not None and next(uses(step, history), None) is None:
            yield Flaw(f"Rejected a tampered {artefact} ({how}).", (step,))


CHECKS: tuple[Check, ...] = (
    response_accepted,
    payload_accepted,
    id_token_accepted,
    recognition_token_accepted,
    keys_accepted,
    rejected,
)
