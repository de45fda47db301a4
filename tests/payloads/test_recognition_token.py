"""The recognition token: for the network that issued it, and nobody else (spec 4.8)."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from src_system.crypto import base64url, jws
from src_system.model.app_instance import AppInstance
from src_system.model.errors import AuthInvalid
from src_system.model.identifiers import SandboxName
from src_system.payloads.recognition_token import (
    RecognitionToken,
    issue_recognition_token,
    verify_recognition_token,
)
from tests.model.samples import NOW, SANDBOX

OTHER = replace(SANDBOX, name=SandboxName("other"))
END = NOW + timedelta(days=180)
BINDING = AppInstance("app-1", "consumer-1", "client-1", "jti-1", NOW, END, None)


def issued(keyrings, network="visa"):
    return issue_recognition_token(
        BINDING, network=network, sandbox=SANDBOX, keyring=keyrings[network], now=NOW
    )


def verified(token, keyrings, *, network="visa", sandbox=SANDBOX, now=NOW):
    return verify_recognition_token(
        token,
        network=network,
        sandbox=sandbox,
        keyrings=keyrings,
        now=now,
        source="recognitionTokens[0]",
    )


def claims_of(token):
    return json.loads(base64url.decode(token.split(".")[1]))


@pytest.mark.parametrize("network", ["visa", "mastercard", "amex", "discover"])
def test_a_token_says_which_device_of_whom_at_which_client(keyrings, network):
    token = issued(keyrings, network)

    assert verified(token, keyrings, network=network) == RecognitionToken(
        "app-1", "consumer-1", "client-1"
    )
    assert claims_of(token) == {
        "iss": f"https://{network}.src-system.test",
        "aud": [f"https://{network}.src-system.test"],
        "appInstanceId": "app-1",
        "consumerId": "consumer-1",
        "srciClientId": "client-1",
        "scopes": ["DEFAULT"],
        "programId": "SRC",
        "iat": int(NOW.timestamp()),
        "exp": int(END.timestamp()),
        "jti": "jti-1",
        "simulated": True,
        "sandbox": "box",
        "sandboxEra": 0,
    }


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"network": "mastercard"}, "issued elsewhere"),
        ({"sandbox": OTHER}, "issued elsewhere"),
        ({"now": END}, "has expired"),
        ({"now": NOW - timedelta(minutes=2)}, "not valid yet"),
    ],
)
def test_elsewhere_or_at_another_time_a_token_is_refused(keyrings, members, message):
    with pytest.raises(AuthInvalid, match=message) as refused:
        verified(issued(keyrings), keyrings, **members)

    assert refused.value.source == "recognitionTokens[0]"


@pytest.mark.parametrize(
    ("kid", "typ", "signer", "message"),
    [
        ("visa-sig", "JWT+ext.id_token", "visa", "typ is not"),
        ("nobody", "JWT+ext.recognition_token", "visa", "kid is not"),
        ("visa-sig", "JWT+ext.recognition_token", "amex", "signature is not valid"),
    ],
)
def test_a_forged_token_is_refused(keys, keyrings, kid, typ, signer, message):
    token = jws.sign(
        json.dumps(claims_of(issued(keyrings))).encode(),
        key=keys[signer, "sig"].private,
        header={"kid": kid, "typ": typ},
    )

    with pytest.raises(AuthInvalid, match=message):
        verified(token, keyrings)


def forged(keys, keyrings, network, *, claims=None, without=()):
    """A token of the network's with some of it changed, signed all the same."""
    changed = {**claims_of(issued(keyrings, network)), **(claims or {})}
    return jws.sign(
        json.dumps({name: one for name, one in changed.items() if name not in without}).encode(),
        key=keys[network, "sig"].private,
        header={"kid": f"{network}-sig", "typ": "JWT+ext.recognition_token"},
    )


@pytest.mark.parametrize("network", ["visa", "mastercard", "amex", "discover"])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"claims": {"aud": ["https://another.src-system.test"]}}, "not meant for this"),
        ({"claims": {"aud": "https://visa.src-system.test"}}, "not meant for this"),
        ({"claims": {"aud": []}}, "not meant for this"),
        ({"without": ["aud"]}, "not meant for this"),
        ({"without": ["jti"]}, "has no jti"),
        ({"without": ["appInstanceId"]}, "has no appInstanceId"),
        ({"without": ["consumerId"]}, "has no consumerId"),
        ({"without": ["srciClientId"]}, "has no srciClientId"),
        ({"claims": {"consumerId": 1}}, "has no consumerId"),
    ],
)
def test_a_token_for_another_or_without_a_claim_is_refused(
    keys, keyrings, network, changes, message
):
    assert verified(forged(keys, keyrings, network), keyrings, network=network)
    with pytest.raises(AuthInvalid, match=message):
        verified(forged(keys, keyrings, network, **changes), keyrings, network=network)


def test_a_token_for_another_is_not_taken_late_either(keys, keyrings):
    token = forged(keys, keyrings, "amex", without=["aud"])

    with pytest.raises(AuthInvalid, match="not meant for this"):
        verify_recognition_token(
            token,
            network="amex",
            sandbox=SANDBOX,
            keyrings=keyrings,
            now=END,
            source="recognitionTokens[0]",
            may_be_expired=True,
        )


def test_a_token_without_a_signature_is_refused(keyrings):
    header, payload, _ = issued(keyrings).split(".")

    with pytest.raises(AuthInvalid, match="signature is not valid"):
        verified(f"{header}.{payload}.", keyrings)
