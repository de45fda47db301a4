"""Identifiers and instants as each network writes them (spec 2.7, 2.9, 5.1, 5.8, 8.2)."""

import base64
import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src_system.derive import Derivation
from src_system.model.identifiers import is_correlation_id
from src_system.networks import PROFILES
from src_system.networks.forms import derive_identifier, epoch_millis, write_instant, write_jti
from src_system.networks.profile import DateForm, IdForm, JtiForm

DERIVATION = Derivation("seed")
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
FORMS = {
    IdForm.UUID: (UUID, 36),
    IdForm.PREFIXED_UUID: (rf"[0-9a-f]{{8}}\.{UUID}", 45),
    IdForm.BASE64_OF_32_BYTES: (r"[A-Za-z0-9+/]{43}=", 44),
    IdForm.UUID_WITH_COUNTRY: (r"[A-Za-z0-9_-]{22}0{12}[A-Z]{2}", 36),
}
PARTS = st.lists(st.integers() | st.text(), max_size=3)


@pytest.mark.parametrize("form", IdForm)
@given(parts=PARTS)
def test_an_identifier_has_its_form_and_length_and_is_the_same_again(form, parts):
    pattern, characters = FORMS[form]
    identifier = derive_identifier(form, DERIVATION, "purpose", *parts)

    assert re.fullmatch(pattern, identifier)
    assert len(identifier) == characters
    assert identifier == derive_identifier(form, Derivation("seed"), "purpose", *parts)
    assert identifier != derive_identifier(form, Derivation("other"), "purpose", *parts)
    assert identifier != derive_identifier(form, DERIVATION, "another purpose", *parts)


def test_a_card_of_mastercard_ends_in_zeros_and_its_country():
    identifier = derive_identifier(
        PROFILES["mastercard"].digital_card_id_form, DERIVATION, "card", 1, country_code="MX"
    )

    assert re.fullmatch(r"[A-Za-z0-9_-]{22}000000000000MX", identifier)
    assert uuid.UUID(bytes=base64.urlsafe_b64decode(identifier[:22] + "==")).version == 4


def test_a_consumer_of_visa_is_32_bytes_in_base64():
    identifier = derive_identifier(PROFILES["visa"].consumer_id_form, DERIVATION, "consumer", 1)

    assert len(base64.b64decode(identifier, validate=True)) == 32


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_every_networks_correlation_id_is_one(profile):
    form = profile.correlation_id_form

    assert is_correlation_id(derive_identifier(form, DERIVATION, "src_correlation_id", 1))


@pytest.mark.parametrize(
    ("form", "written"),
    [
        (DateForm.ISO_MILLIS, "2026-11-23T09:00:00.125Z"),
        (DateForm.EPOCH_MILLIS_TEXT, "1795424400125"),
        (DateForm.EPOCH_SECONDS, 1795424400),
    ],
)
def test_an_instant_is_written_in_the_networks_form(form, written):
    assert write_instant(form, datetime(2026, 11, 23, 9, 0, 0, 125_000, tzinfo=UTC)) == written


BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 100 * 365 * 86_400 * 10**6).map(
    lambda microseconds: BEGINNING + timedelta(microseconds=microseconds)
)


@given(INSTANTS)
def test_all_forms_of_an_instant_mean_the_same_second(instant):
    seconds = write_instant(DateForm.EPOCH_SECONDS, instant)
    iso = datetime.fromisoformat(str(write_instant(DateForm.ISO_MILLIS, instant)))

    assert int(iso.timestamp()) == seconds
    assert abs(epoch_millis(instant) - 1000 * instant.timestamp()) <= 1


def test_both_dates_of_a_card_mean_the_same_millisecond():
    instant = BEGINNING + timedelta(microseconds=999_600)
    iso = datetime.fromisoformat(str(write_instant(DateForm.ISO_MILLIS, instant)))

    assert round(iso.timestamp() * 1000) == epoch_millis(instant)


def test_a_jti_is_a_uuid_or_its_base64():
    identifier = DERIVATION.uuid("jti", 1)

    assert write_jti(JtiForm.UUID, identifier) == identifier
    assert base64.b64decode(write_jti(JtiForm.BASE64_OF_UUID, identifier)).decode() == identifier
