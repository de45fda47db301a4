"""What the consumer's actions in a DCF lead to: the next step, or the end of the visit."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from src_system.http.facilitator.agent import Agent
from src_system.http.facilitator.proofs import (
    answer_proof,
    begin_authentication,
    begin_validation,
)
from src_system.model.dcf_visit import DcfProgress, DcfStep, DcfVisit, step_for_card
from src_system.model.digital_card import DigitalCardStatus
from src_system.model.errors import (
    AuthenticateFailure,
    CodeExpired,
    CodeInvalid,
    IdentityValidationRequired,
    InvalidArgument,
    SrcError,
    ValidationDataMissing,
)

Json = dict[str, Any]

# The consumer leaves without paying (spec 6.1).
LEAVING = {
    "cancel": "CANCEL",
    "change-card": "CHANGE_CARD",
    "add-card": "ADD_CARD",
    "not-you": "SWITCH_CONSUMER",
}
_NOTICES: Mapping[type[SrcError], str] = {
    CodeInvalid: "codeWrong",
    CodeExpired: "codeOld",
    AuthenticateFailure: "securityCodeWrong",
    ValidationDataMissing: "codeWrong",
}
# What was typed is not it: the consumer may try again.
_TYPED_WRONGLY = (
    CodeInvalid,
    CodeExpired,
    AuthenticateFailure,
    ValidationDataMissing,
    InvalidArgument,
)
_CONSENTS = ("TERMS_AND_CONDITIONS", "PRIVACY_POLICY")
_ADDRESS = ("name", "line1", "line2", "city", "state", "zip", "countryCode")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where an action leads; a *result* ends the visit and goes to the SRC initiator."""

    progress: DcfProgress
    result: Json | None = None
    recognition_token: str | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """One action in one visit. *signed* is the prepared checkout, empty for an authentication."""

    agent: Agent
    visit: DcfVisit
    signed: Mapping[str, Any]
    form: Mapping[str, str]
    wants_address: bool = False  # and there is none yet

    @property
    def progress(self) -> DcfProgress:
        """Where the visit stands."""
        return self.visit.progress

    @property
    def options(self) -> Json:
        """dpaTransactionOptions as agreed on."""
        options: Json = self.signed.get("dpaTransactionOptions") or {}
        return options

    @property
    def hands_back(self) -> bool:
        """Whether the SRC initiator orchestrates authentication by itself (Visa)."""
        custom = self.options.get("customInputData") or {}
        return isinstance(custom, dict) and custom.get("checkoutOrchestrator") == "merchant"


async def act(occasion: Occasion) -> Outcome:
    """Do what the form's `action` says; a refusal of the API becomes a notice or a problem."""
    action = occasion.form.get("action", "")
    try:
        return await _act(occasion, action)
    except SrcError as refusal:
        if action == "save-address" and isinstance(refusal, InvalidArgument):
            return Outcome(
                replace(
                    occasion.progress,
                    notice="addressWrong",
                    typed=_typed_address(occasion.form),
                    wrong=(refusal.source or "").rpartition(".")[2],
                )
            )
        problem = _problem(occasion, refusal)
        return Outcome(replace(occasion.progress, step=DcfStep.PROBLEM, problem=problem))


def _problem(occasion: Occasion, refusal: SrcError) -> Json:
    """The refusal as the SDK hands it on, in the words of the API."""
    status, document = occasion.agent.refusal(refusal)
    details = document.get("errordetail") or document.get("errorDetail") or []
    return {
        "reason": document["reason"],
        "message": document["message"],
        "status": status,
        "details": [one["reason"] for one in details],
    }


async def _act(occasion: Occasion, action: str) -> Outcome:
    progress = occasion.progress
    if progress.step is DcfStep.PROBLEM:
        return Outcome(progress, {"dcfActionCode": "ERROR", "error": dict(progress.problem or {})})
    if action in LEAVING:
        return await _leave(occasion, LEAVING[action])
    match progress.step, action:
        case DcfStep.REVIEW, "continue":
            return await _review(occasion)
        case DcfStep.REVIEW, "other-address":
            return Outcome(replace(_ticked(occasion), step=DcfStep.ADDRESS, notice=None))
        case DcfStep.ADDRESS, "back":
            return Outcome(_reviewing(progress))
        case DcfStep.ADDRESS, "save-address":
            return await _save_address(occasion)
        case ((DcfStep.CODE | DcfStep.CHALLENGE), "resend"):
            return await _resend(occasion)
        case DcfStep.PASSKEY, "other-way":
            return await _other_way(occasion)
        case (
            (DcfStep.CODE | DcfStep.CHALLENGE | DcfStep.SECURITY_CODE | DcfStep.PASSKEY),
            "continue",
        ):
            return await _prove(occasion)
        case _:
            return Outcome(progress)


async def _leave(occasion: Occasion, code: str) -> Outcome:
    """CANCEL leaves the session as it is: the consumer is back at her list of cards."""
    visit = occasion.visit
    unbinds = code == "SWITCH_CONSUMER"
    if visit.is_checkout and code != "CANCEL":
        await occasion.agent.call(
            "checkout", {"checkoutRequestJws": _jws(visit), "dcfActionCode": code}
        )
    return Outcome(
        replace(occasion.progress, step=DcfStep.DONE),
        {"dcfActionCode": code, "unbindAppInstance": unbinds},
    )


def _jws(visit: DcfVisit) -> str:
    return str(visit.request["checkoutRequestJws"])


def _ticked(occasion: Occasion) -> DcfProgress:
    """The progress with what the review's form holds."""
    form, progress = occasion.form, occasion.progress
    return replace(
        progress,
        notice=None,
        consented=progress.consented or form.get("consent") == "yes",
        remember=form.get("remember") == "yes",
        shipping_address_id=form.get("shippingAddressId") or progress.shipping_address_id,
    )


async def _review(occasion: Occasion) -> Outcome:
    progress = _ticked(occasion)
    if occasion.form.get("asksConsent") == "yes" and not progress.consented:
        return Outcome(replace(progress, notice="consentNeeded"))
    if occasion.wants_address and progress.shipping_address_id is None:
        return Outcome(replace(progress, step=DcfStep.ADDRESS))
    card = occasion.signed.get("maskedCard")
    if card is not None and not occasion.hands_back:
        step = _settling(card)
        if step is not None:
            return await _ask(occasion, progress, card["srcDigitalCardId"], step)
    return await _finish(occasion, progress)


def _settling(card: Mapping[str, Any]) -> DcfStep | None:
    data = card["digitalCardData"]
    return step_for_card(DigitalCardStatus(data["status"]), tuple(data.get("pendingEvents") or ()))


async def _ask(occasion: Occasion, progress: DcfProgress, card_id: str, step: DcfStep) -> Outcome:
    """Begin the proof that *step* stands for."""
    method: Json = {"authenticationMethodType": "3DS", "authenticationSubject": "CARDHOLDER"}
    # A checkout without an amount cannot be what is authenticated: then it is the card.
    has_amount = occasion.options.get("transactionAmount") is not None
    reason = "TRANSACTION_AUTHENTICATION" if has_amount else "ENROL_FINANCIAL_INSTRUMENT"
    if step is DcfStep.SECURITY_CODE:
        method["authenticationMethodType"] = "CARD_SECURITY_CODE"
    elif step is DcfStep.CODE:
        method["authenticationMethodType"] = "EMAIL_OTP"
    else:
        method["methodAttributes"] = _three_ds_attributes(occasion.options)
    asked = {
        "srciTransactionId": occasion.signed.get("srciTransactionId"),
        "accountReference": {"srcDigitalCardId": card_id},
        "authenticationMethod": method,
        "authenticationContext": {
            "authenticationReasons": [reason],
            "dpaTransactionOptions": occasion.options,
        },
    }
    shown, proof, _ = await begin_authentication(occasion.agent, occasion.visit, asked)
    if shown is None:
        return await _finish(occasion, progress, is_proven=True)
    kept = {**proof, "cardId": card_id}
    return Outcome(replace(progress, step=shown, proof=kept, notice=None))


def _three_ds_attributes(options: Json) -> Json:
    preferences = options.get("authenticationPreferences") or {}
    for method in preferences.get("authenticationMethods") or ():
        attributes = method.get("methodAttributes")
        if method.get("authenticationMethodType") == "3DS" and attributes:
            return dict(attributes)
    return {}


async def _finish(occasion: Occasion, progress: DcfProgress, *, is_proven: bool = False) -> Outcome:
    """Pay; where the API wants to know more first, ask for that.

    What no step here settles (a billing address, or more than was just proven without a question)
    goes back to the SRC initiator as PENDING_AUTHENTICATION.
    """
    sent: Json = {
        "checkoutRequestJws": _jws(occasion.visit),
        "complianceSettings": _compliance(occasion, progress),
    }
    if progress.shipping_address_id is not None:
        sent["shippingAddressId"] = progress.shipping_address_id
    try:
        answer = await occasion.agent.call("checkout", sent)
    except IdentityValidationRequired:
        identity = _identity(occasion.signed.get("consumer") or {})
        if identity is None:
            raise
        step, proof = await begin_validation(occasion.agent, occasion.visit, identity)
        return Outcome(replace(progress, step=step, proof=proof, notice=None))
    code = answer["dcfActionCode"]
    response = answer.get("checkoutResponse") or answer.get("checkoutResponseJWS")
    if code == "PENDING_AUTHENTICATION" and not (occasion.hands_back or is_proven):
        card = _claims(response)["maskedCard"]
        is_pending = card["digitalCardData"]["status"] == DigitalCardStatus.PENDING
        settles = _settling(card) if is_pending else DcfStep.CHALLENGE
        if settles is not None:
            return await _ask(occasion, progress, card["srcDigitalCardId"], settles)
    token = answer.get("recognitionToken")
    result = {"dcfActionCode": code, "checkoutResponse": response, "unbindAppInstance": False}
    if token is not None:
        result["recognitionToken"] = token
    if progress.proof.get("idToken"):
        result["idToken"] = progress.proof["idToken"]
    return Outcome(replace(progress, step=DcfStep.DONE), result, token)


def _compliance(occasion: Occasion, progress: DcfProgress) -> Json:
    """What the SRC initiator brought, with what was ticked here; unticked, a device is not kept."""
    brought = (occasion.signed.get("complianceSettings") or {}).get("complianceResources") or []
    types = {one["complianceType"] for one in brought}
    resources = [
        one
        for one in brought
        if one["complianceType"] != "REMEMBER_ME" or progress.remember is not False
    ]
    wanted = [*(_CONSENTS if progress.consented else ())]
    if progress.remember:
        wanted.append("REMEMBER_ME")
    resources += [{"complianceType": one, "uri": ""} for one in wanted if one not in types]
    return {"complianceResources": resources}


def _identity(consumer: Mapping[str, Any]) -> Json | None:
    """By which the described consumer is found: her e-mail address, else as she was named."""
    if consumer.get("emailAddress"):
        return {"identityType": "EMAIL_ADDRESS", "identityValue": consumer["emailAddress"]}
    named: Json | None = consumer.get("consumerIdentity")
    return named


def _claims(compact: object) -> Json:
    """What our own checkoutResponse says, just signed."""
    payload = str(compact).split(".")[1]
    claims: Json = msgspec.json.decode(
        base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    )
    return claims


def _typed_address(form: Mapping[str, str]) -> dict[str, str]:
    return {name: form[name].strip() for name in _ADDRESS if form.get(name, "").strip()}


def _reviewing(progress: DcfProgress) -> DcfProgress:
    return replace(progress, step=DcfStep.REVIEW, notice=None, typed={}, wrong=None)


async def _save_address(occasion: Occasion) -> Outcome:
    kept = await occasion.agent.call(
        "addShippingAddress",
        {
            "srcCorrelationId": occasion.visit.src_correlation_id,
            "srcDpaId": occasion.signed.get("srcDpaId"),
            "shippingAddress": _typed_address(occasion.form),
        },
    )
    return Outcome(
        replace(
            _reviewing(occasion.progress),
            shipping_address_id=kept["maskedShippingAddress"]["addressId"],
        )
    )


async def _resend(occasion: Occasion) -> Outcome:
    progress, proof = occasion.progress, occasion.progress.proof
    if proof["kind"] == "VALIDATION":
        identity = {name: proof[name] for name in ("identityType", "identityValue")}
        step, again = await begin_validation(occasion.agent, occasion.visit, identity)
        return Outcome(replace(progress, step=step, proof=again, notice="codeSentAgain"))
    if not occasion.visit.is_checkout:
        outcome = await begin_visit(occasion, dict(occasion.visit.request["authentication"]))
    else:
        outcome = await _ask(occasion, progress, proof["cardId"], progress.step)
    return replace(outcome, progress=replace(outcome.progress, notice="codeSentAgain"))


async def _prove(occasion: Occasion) -> Outcome:
    visit, progress = occasion.visit, occasion.progress
    remember = visit.request.get("requestRecognitionToken") is True
    try:
        answer = await answer_proof(occasion.agent, visit, occasion.form, remember=remember)
    except _TYPED_WRONGLY as refusal:
        usual = "securityCodeWrong" if progress.step is DcfStep.SECURITY_CODE else "codeWrong"
        notice = next((key for kind, key in _NOTICES.items() if isinstance(refusal, kind)), usual)
        return Outcome(replace(progress, notice=notice))
    if not visit.is_checkout:
        token = answer.get("recognitionToken")
        result = {"dcfActionCode": "COMPLETE", "unbindAppInstance": False, **answer}
        return Outcome(replace(progress, step=DcfStep.DONE), result, token)
    proof = {"idToken": answer["idToken"]} if answer.get("idToken") else {}
    return await _finish(occasion, replace(progress, proof=proof, notice=None))


async def _other_way(occasion: Occasion) -> Outcome:
    """A one-time code in place of a passkey."""
    asked = dict(occasion.visit.request["authentication"])
    asked["authenticationMethod"] = {
        **asked["authenticationMethod"],
        "authenticationMethodType": "EMAIL_OTP",
    }
    return await begin_visit(occasion, asked)


async def begin_visit(occasion: Occasion, asked: Json) -> Outcome:
    """Begin the authentication that a visit is for, or that its consumer would rather have."""
    step, proof, answer = await begin_authentication(occasion.agent, occasion.visit, asked)
    if step is None:
        return Outcome(
            replace(occasion.progress, step=DcfStep.DONE),
            {"dcfActionCode": "COMPLETE", "unbindAppInstance": False, **answer},
        )
    return Outcome(replace(occasion.progress, step=step, proof=proof, notice=None))
