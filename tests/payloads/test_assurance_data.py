"""AssuranceData: read from a client, and told with what the network itself verified (spec 5.18)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src_system.model.errors import InvalidFormat, InvalidValue, MissingMember, SrcError
from src_system.model.identifiers import NETWORK_NAMES
from src_system.networks import PROFILES
from src_system.payloads.assurance_data import (
    OwnVerifications,
    assurance_document,
    read_assurance_data,
)
from tests.model.samples import NOW, YESTERDAY

SECONDS = "1795424400"
ENTRY = {
    "verificationType": "CARDHOLDER",
    "verificationEntity": "01",
    "verificationMethod": "01",
    "verificationResults": "01",
    "verificationTimestamp": SECONDS,
}
ECIS = {
    "mastercard": {"Y": "02", "A": "01", "N": "06"},
    "visa": {"Y": "05", "A": "06", "N": "07"},
}


def told(network="visa", data=None, **own):
    return assurance_document(
        PROFILES[network], given=data or {}, own=OwnVerifications(now=NOW, **own)
    )


def read(**changes):
    [entry] = read_assurance_data({"verificationData": [{**ENTRY, **changes}]})["verificationData"]
    return entry


@pytest.mark.parametrize(
    ("changes", "normal"),
    [
        ({"verificationEntity": "3"}, {"verificationEntity": "03"}),
        ({"verificationEntity": 3}, {"verificationEntity": "03"}),
        ({"verificationTimestamp": int(SECONDS)}, {}),
        ({"verificationTimestamp": SECONDS + "123"}, {}),
        ({"verificationTimestamp": "2026-11-23T09:00:00Z"}, {}),
        ({"verificationEvents": ["2", "01"]}, {"verificationEvents": ["02", "01"]}),
        (
            {"methodResults": {"transStatus": "A", "other": 1}},
            {"methodResults": {"transStatus": "A"}},
        ),
        ({"methodResults": {}}, {}),
        ({"additionalData": "x", "unknown": 1}, {"additionalData": "x"}),
    ],
)
def test_what_a_client_verified_is_put_into_its_normal_form(changes, normal):
    assert read(**changes) == {**ENTRY, **normal}


@pytest.mark.parametrize(
    ("changes", "refusal", "member"),
    [
        ({"verificationType": "PERSON"}, InvalidValue, "verificationType"),
        ({"verificationType": None}, MissingMember, "verificationType"),
        ({"verificationEntity": ""}, MissingMember, "verificationEntity"),
        ({"verificationEntity": "123"}, InvalidFormat, "verificationEntity"),
        ({"verificationMethod": "00"}, InvalidFormat, "verificationMethod"),
        ({"verificationMethod": True}, InvalidFormat, "verificationMethod"),
        ({"verificationResults": []}, InvalidFormat, "verificationResults"),
        ({"verificationTimestamp": "soon"}, InvalidFormat, "verificationTimestamp"),
        ({"verificationEvents": "01"}, InvalidFormat, "verificationEvents"),
        ({"verificationEvents": ["01", "x"]}, InvalidFormat, "verificationEvents[1]"),
        ({"methodResults": "Y"}, InvalidFormat, "methodResults"),
        ({"methodResults": {"transStatus": "Z"}}, InvalidValue, "methodResults.transStatus"),
        ({"methodResults": {"dsTransId": 1}}, InvalidFormat, "methodResults.dsTransId"),
        ({"additionalData": "x" * 256}, InvalidFormat, "additionalData"),
    ],
)
def test_a_malformed_verification_is_refused_by_its_path(
    changes, refusal: type[SrcError], member: str
):
    with pytest.raises(refusal) as raised:
        read(**changes)
    assert raised.value.source == f"assuranceData.verificationData[0].{member}"


def test_the_flat_form_of_old_clients_becomes_entries():
    flat = {
        "cardVerificationResults": "01",
        "cardVerificationEntity": "1",
        "cardAssuranceData": "avs",
        "cardholderVerificationResults": "02",
        "cardholderVerificationMethod": "01",
        "cardholderVerificationTimestamp": int(SECONDS),
        "deviceVerificationEntity": "01",
    }

    assert read_assurance_data(flat)["verificationData"] == [
        {
            "verificationType": "CARDHOLDER",
            "verificationMethod": "01",
            "verificationResults": "02",
            "verificationTimestamp": SECONDS,
        },
        {
            "verificationType": "CARD",
            "verificationEntity": "01",
            "verificationResults": "01",
            "additionalData": "avs",
        },
    ]


@pytest.mark.parametrize("nothing", [None, {}, {"eci": "05"}, {"verificationData": []}])
def test_nothing_verified_is_no_refusal(nothing):
    assert not read_assurance_data(nothing).get("verificationData")


@given(
    st.dictionaries(
        st.sampled_from([*ENTRY, "methodResults", "verificationEvents", "additionalData"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=5)
        | st.lists(st.text(max_size=3))
        | st.dictionaries(st.text(max_size=12), st.text(max_size=3)),
    )
)
def test_whatever_is_sent_is_read_or_refused(entry):
    source = "assuranceData.verificationData[0]"
    try:
        [kept] = read_assurance_data({"verificationData": [entry]})["verificationData"]
    except SrcError as raised:
        refusal = raised
    else:
        assert kept.keys() >= ENTRY.keys()
        return
    assert str(refusal.source).startswith(source)


@pytest.mark.parametrize("network", NETWORK_NAMES)
@pytest.mark.parametrize("status", ["Y", "A", "N", "U", "R"])
def test_the_indicator_follows_the_status_of_3ds_whoever_performed_it(network, status):
    eci = ECIS.get(network, ECIS["visa"]).get(status, ECIS.get(network, ECIS["visa"])["N"])
    data = {"verificationData": [{**ENTRY, "methodResults": {"transStatus": status}}]}

    assert told(network, data)["eci"] == eci
    assert told(network, three_ds_output={"transStatus": status})["eci"] == eci


@pytest.mark.parametrize(
    ("entry", "eci"),
    [
        (ENTRY, "05"),
        ({**ENTRY, "verificationMethod": "07"}, "05"),
        ({**ENTRY, "verificationResults": "03"}, "07"),
        ({**ENTRY, "verificationMethod": "04"}, "07"),
        ({**ENTRY, "verificationType": "CONSUMER"}, "07"),
    ],
)
def test_only_an_authenticated_cardholder_raises_the_indicator(entry, eci):
    document = told(data={"verificationData": [entry]})
    assert document == {"verificationData": [entry], "eci": eci}


def test_the_network_adds_what_it_verified_itself():
    document = told(
        amr=("email_otp", "otp", "swk"),
        auth_time=NOW,
        card_verified_at=YESTERDAY,
        three_ds_output={
            "transStatus": "N",
            "dsTransId": "ds",
            "authenticationTimestamp": "1795424000",
        },
    )

    assert [
        (
            entry["verificationType"],
            entry["verificationEntity"],
            entry["verificationEvents"],
            entry["verificationMethod"],
            entry["verificationResults"],
            entry["verificationTimestamp"],
        )
        for entry in document["verificationData"]
    ] == [
        ("CONSUMER", "02", ["03"], "04", "01", SECONDS),
        ("DEVICE", "02", ["03"], "24", "01", SECONDS),
        ("CARD", "02", ["02"], "02", "01", "1795338000"),
        ("CARDHOLDER", "02", ["01"], "01", "02", "1795424000"),
    ]
    assert document["verificationData"][3]["methodResults"] == {
        "transStatus": "N",
        "dsTransId": "ds",
    }


def test_what_the_client_hands_on_of_the_network_is_told_once():
    own = {**ENTRY, "verificationEntity": "02", "verificationTimestamp": "1"}
    document = told(data={"verificationData": [own]}, three_ds_output={"transStatus": "Y"})

    assert document["verificationData"] == [own]


def test_an_indicator_of_the_networks_own_3ds_is_told_as_it_is():
    assert told("mastercard", three_ds_output={"transStatus": "Y", "eci": "02"})["eci"] == "02"
