"""Consent: what counts as given, and what is missing (spec 4.1, 5.20)."""

import pytest

from src_system.model.compliance import accepted_types, refuse_missing_consent
from src_system.model.errors import ComplianceRequired


def consent(*kinds):
    return {"complianceResources": [{"complianceType": kind, "uri": ""} for kind in kinds]}


@pytest.mark.parametrize("settings", [None, {}, consent()])
def test_no_settings_are_no_consent(settings):
    assert accepted_types(settings) == frozenset()
    with pytest.raises(ComplianceRequired, match="PRIVACY_POLICY, TERMS_AND_CONDITIONS"):
        refuse_missing_consent(settings)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (("TERMS_AND_CONDITIONS",), "PRIVACY_POLICY."),
        (("PRIVACY_POLICY", "REMEMBER_ME"), "TERMS_AND_CONDITIONS."),
    ],
)
def test_half_a_consent_names_the_other_half(given, missing):
    with pytest.raises(ComplianceRequired) as refused:
        refuse_missing_consent(consent(*given))

    assert refused.value.message.endswith(f"consent: {missing}")
    assert refused.value.source == "complianceSettings.complianceResources"


def test_terms_and_privacy_are_enough_and_being_remembered_is_asked_separately():
    settings = consent("TERMS_AND_CONDITIONS", "PRIVACY_POLICY")

    refuse_missing_consent(settings)
    assert "REMEMBER_ME" not in accepted_types(settings)
    assert "REMEMBER_ME" in accepted_types(consent("REMEMBER_ME"))
