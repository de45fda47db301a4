"""Consent of the consumer: terms, privacy policy, and being remembered (spec 5.20)."""

from collections.abc import Mapping
from typing import Any

from src_system.model.errors import ComplianceRequired

REMEMBER_ME = "REMEMBER_ME"
TERMS_AND_CONDITIONS = "TERMS_AND_CONDITIONS"
PRIVACY_POLICY = "PRIVACY_POLICY"
COMPLIANCE_TYPES = (REMEMBER_ME, TERMS_AND_CONDITIONS, PRIVACY_POLICY)
COMPLIANCE_NEEDED = frozenset({TERMS_AND_CONDITIONS, PRIVACY_POLICY})  # where no market says else


def accepted_types(compliance_settings: Mapping[str, Any] | None) -> frozenset[str]:
    """The complianceTypes consented to; *compliance_settings* holds `complianceResources`."""
    resources = (compliance_settings or {}).get("complianceResources", ())
    return frozenset(resource["complianceType"] for resource in resources)


def refuse_missing_consent(
    compliance_settings: Mapping[str, Any] | None,
    *,
    needed: frozenset[str] = COMPLIANCE_NEEDED,
) -> None:
    """Raise ComplianceRequired unless every complianceType of *needed* is there (spec 4.1)."""
    missing = needed - accepted_types(compliance_settings)
    if missing:
        raise ComplianceRequired(
            f"complianceSettings must hold the consumer's consent: {', '.join(sorted(missing))}.",
            source="complianceSettings.complianceResources",
        )
