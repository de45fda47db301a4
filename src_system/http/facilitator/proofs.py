"""Proofs that a DCF asks for: begun, answered, asked for again, each by a call of the SRC API."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from src_system.http.facilitator.agent import Agent
from src_system.model.dcf_visit import DcfStep, DcfVisit
from src_system.model.errors import AuthenticateFailure

Json = dict[str, Any]

_STEPS = {
    "3DS": DcfStep.CHALLENGE,
    "CARD_SECURITY_CODE": DcfStep.SECURITY_CODE,
    "EMAIL_OTP": DcfStep.CODE,
    "SMS_OTP": DcfStep.CODE,
    "FIDO2": DcfStep.PASSKEY,
}
_VALIDATION = "VALIDATION"


async def begin_validation(
    agent: Agent, visit: DcfVisit, identity: Mapping[str, Any]
) -> tuple[DcfStep, dict[str, str]]:
    """Send a one-time code to the person of *identity*; the step to show and what it is about."""
    sent = await agent.call(
        "initiateIdentityValidation",
        {"srcCorrelationId": visit.src_correlation_id, "consumerIdentity": dict(identity)},
    )
    return DcfStep.CODE, {
        "kind": _VALIDATION,
        "id": sent["idValidationSessionId"],
        "channel": sent["maskedValidationChannel"],
        "identityType": identity["identityType"],
        "identityValue": identity["identityValue"],
    }


async def begin_authentication(
    agent: Agent, visit: DcfVisit, asked: Json
) -> tuple[DcfStep | None, dict[str, str], Json]:
    """Begin the authentication that *asked* describes (spec 4.13).

    The step to show, None when it needed none; what the step is about; and the answer. Raises
    AuthenticateFailure when it failed without a question.
    """
    answer = await agent.call(
        "initiateAuthentication", {**asked, "srcCorrelationId": visit.src_correlation_id}
    )
    method = answer["authenticationMethod"]
    if answer["authenticationStatus"] == "COMPLETE":
        if answer["authenticationResult"] != "AUTHENTICATED":
            raise AuthenticateFailure
        return None, {}, answer
    attributes = method["methodAttributes"]
    proof = {
        "kind": method["authenticationMethodType"],
        "id": answer["authenticationSessionId"],
        "channel": attributes.get("maskedValidationChannel", ""),
        "challenge": attributes.get("challenge", ""),
        "digits": attributes.get("cardSecurityCodeLength", ""),
    }
    return _STEPS[method["authenticationMethodType"]], proof, answer


async def answer_proof(
    agent: Agent, visit: DcfVisit, form: Mapping[str, str], *, remember: bool
) -> Json:
    """Hand in what the consumer gave; the answer of the API, or its refusal raised."""
    proof = visit.progress.proof
    consent: Json = {}
    if remember:
        resources = [{"complianceType": "REMEMBER_ME", "uri": ""}]
        consent = {"complianceSettings": {"complianceResources": resources}}
    if proof["kind"] == _VALIDATION:
        return await agent.call(
            "completeIdentityValidation",
            {
                "srcCorrelationId": visit.src_correlation_id,
                "idValidationSessionId": proof["id"],
                "validationData": plain_digits(form.get("code", "")),
            },
        )
    return await agent.call(
        "completeAuthentication",
        {
            "srcCorrelationId": visit.src_correlation_id,
            "authenticationSessionId": proof["id"],
            "methodAttributes": _attributes(proof, form),
            **consent,
        },
    )


def _attributes(proof: Mapping[str, str], form: Mapping[str, str]) -> Json:
    match proof["kind"]:
        case "FIDO2":
            # Virtual: whoever presses the button is the holder of the device.
            return {"challenge": proof["challenge"], "userVerified": True}
        case "CARD_SECURITY_CODE":
            if form.get("encryptedCard"):
                return {"encryptedCard": form["encryptedCard"]}
            return {"cardSecurityCode": plain_digits(form.get("securityCode", ""))}
        case _:
            return {"otpValue": plain_digits(form.get("code", ""))}


def plain_digits(text: str) -> str:
    """*text* with the digits of every script as 0 to 9, and without spaces."""
    return "".join(
        str(unicodedata.digit(character)) if character.isdigit() else character
        for character in text
        if not character.isspace()
    )
