"""Old spellings into new ones (spec 0.5): everything behind this file knows only the new."""

from typing import Any

from src_system.payloads.transaction_options import modernise_options

_IDENTITY_TYPES = {
    "EMAIL": "EMAIL_ADDRESS",
    "MOBILE_NUMBER": "MOBILE_PHONE_NUMBER",
    "CUSTOM_IDENTIFIER": "EXTERNAL_ACCOUNT_ID",
}
_CONSENTS = {"privacy": "PRIVACY_POLICY", "tnc": "TERMS_AND_CONDITIONS"}
_PAYLOAD_INDICATORS = ("payloadTypeIndicatorCheckout", "payloadTypeIndicatorPayload")


def modernise(body: dict[str, Any]) -> dict[str, Any]:
    """*body* with old names and values replaced; what has another shape is left for the reader."""
    if "consumerIdentity" not in body and "identityValue" in body:
        # Visa's SDK sends the identity flat, its type under `type`.
        body["consumerIdentity"] = {
            name: body[name]
            for name in ("identityProvider", "identityType", "type", "identityValue")
            if name in body
        }
    _identity(body.get("consumerIdentity"))
    consumer = body.get("consumer")
    if isinstance(consumer, dict):
        _identity(consumer.get("consumerIdentity"))
        if "complianceSettings" in consumer and "complianceSettings" not in body:
            body["complianceSettings"] = consumer["complianceSettings"]
    modernise_options(body.get("dpaTransactionOptions"))
    _tokens(body)
    for name in _PAYLOAD_INDICATORS:
        if body.get(name) == "NONE":
            body[name] = "SUMMARY"
    _compliance(body)
    return body


def _identity(identity: Any) -> None:
    if not isinstance(identity, dict):
        return
    if "type" in identity and "identityType" not in identity:
        identity["identityType"] = identity.pop("type")
    kind = identity.get("identityType")
    if isinstance(kind, str):
        identity["identityType"] = _IDENTITY_TYPES.get(kind, kind)


def _tokens(body: dict[str, Any]) -> None:
    """`authorization` is Mastercard's idToken; one reference client sends a list as idToken."""
    if "authorization" in body and "idToken" not in body:
        body["idToken"] = body["authorization"]
    for single, several in (("idToken", "idTokens"), ("recognitionToken", "recognitionTokens")):
        value = body.get(single)
        if isinstance(value, list):
            body[several] = value
            body[single] = value[0] if value else None
        elif value is not None and several not in body:
            body[several] = [value]


def _compliance(body: dict[str, Any]) -> None:
    """Both forms of complianceSettings into `complianceResources` (spec 5.20)."""
    settings = body.get("complianceSettings")
    remember = body.get("saveDevice") is True or body.get("requestRecognitionToken") is True
    if not isinstance(settings, dict):
        if not remember or settings is not None:
            return
        settings = body["complianceSettings"] = {}
    resources = settings.get("complianceResources", [])
    if not isinstance(resources, list):
        return
    given = {
        str(resource.get("complianceType")) for resource in resources if isinstance(resource, dict)
    }
    for name, compliance_type in _CONSENTS.items():
        consent = settings.get(name)
        if (
            isinstance(consent, dict)
            and consent.get("acceptedVersion")
            and compliance_type not in given
        ):
            resources.append(
                {
                    "complianceType": compliance_type,
                    "uri": str(consent.get("latestVersionUri") or ""),
                    "version": str(consent["acceptedVersion"]),
                }
            )
    if remember and "REMEMBER_ME" not in given:
        resources.append({"complianceType": "REMEMBER_ME", "uri": ""})
    settings["complianceResources"] = resources
