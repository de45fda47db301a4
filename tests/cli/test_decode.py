"""src-system decode: what it says of good and of broken tokens, and what it never prints."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from src_system.cli.decode import decode
from src_system.crypto import base64url, jwe, jws
from src_system.crypto.rsa_keys import generate_private_key, private_jwk, public_jwk

AT = "2026-11-23T09:00:00Z"
NOW = int(datetime(2026, 11, 23, 9, tzinfo=UTC).timestamp())
VISA_KID = "visa-src-payload-verification-20261101120000"
MASTERCARD_KID = "20261101120000-src-payload-verification"
TOKEN_NUMBER = "5204240000000007"
PAN = "4111111111111111"
CRYPTOGRAM = "AAECAwQFBgcICQoLDA0ODxAREhM="
NETWORK_KEY = generate_private_key()
CLIENT_KEY = generate_private_key()


def claims(**changes):
    return {
        "iss": "https://visa.src-system.test",
        "sub": "c3ViamVjdA==",
        "aud": ["https://visa.src-system.test"],
        "iat": NOW - 60,
        "exp": NOW + 420,
        "simulated": True,
        **changes,
    }


def id_token(kid=VISA_KID, typ="JWT+ext.id_token", **changes):
    payload = json.dumps(claims(**changes)).encode()
    return jws.sign(payload, key=NETWORK_KEY, header={"kid": kid, "typ": typ})


def sealed_payload(key=CLIENT_KEY, kid="client-1", **members):
    document = {
        "token": {"paymentToken": TOKEN_NUMBER, "tokenExpirationYear": "2030"},
        "dynamicData": {"dynamicDataValue": CRYPTOGRAM, "dynamicDataExpiration": str(NOW)},
        **members,
    }
    clear = json.dumps(document).encode()
    return jwe.seal(clear, key=key.public_key(), enc="A128GCM", header={"kid": kid})


def checkout_answer():
    """Mastercard's: issuer and times in the header, the time as text."""
    document = {
        "srcCorrelationId": "0badcafe.6f6f6f6f-0000-4000-8000-000000000000",
        "encryptedPayload": sealed_payload(),
        "maskedCard": {"panBin": "512035", "panLastFour": "4537"},
    }
    header = {
        "kid": MASTERCARD_KID,
        "iss": "https://mastercard.src-system.test",
        "iat": str(NOW - 5),
        "jti": "1",
    }
    signed = jws.sign(json.dumps(document).encode(), key=NETWORK_KEY, header=header)
    return {"srcCorrelationId": document["srcCorrelationId"], "checkoutResponseJWS": signed}


@pytest.fixture
def jwks(tmp_path):
    keys = [
        public_jwk(NETWORK_KEY.public_key(), kid=kid, use="sig", alg="RS256", key_ops=("verify",))
        for kid in (VISA_KID, MASTERCARD_KID)
    ]
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": keys}))
    return str(path)


@pytest.fixture
def client_keys(tmp_path):
    """A document that holds the key somewhere inside, as the control port describes a sandbox."""
    key = private_jwk(
        CLIENT_KEY, kid="client-1", use="enc", alg="RSA-OAEP-256", key_ops=("decrypt",)
    )
    path = tmp_path / "sandbox.json"
    path.write_text(json.dumps({"clients": [{"jwks": {"keys": [key]}}]}))
    return str(path)


def run(*arguments, stdin=None) -> Result:
    return CliRunner().invoke(decode, ["--at", AT, *arguments], input=stdin)


def report(*arguments, stdin=None):
    """Exit code and the one artefact of the JSON report."""
    result = run(*arguments, "--format", "json", stdin=stdin)
    (artefact,) = json.loads(result.stdout)["artefacts"]
    return result.exit_code, artefact


def tampered(token):
    header, payload, signature = token.split(".")
    changed = json.loads(base64url.decode(payload)) | {"sub": "somebody else"}
    return ".".join((header, base64url.encode(json.dumps(changed).encode()), signature))


def test_a_good_id_token_is_named_with_its_network_signature_and_times(jwks):
    result = run(id_token(), "--jwks", jwks)
    assert result.exit_code == 0, result.output
    times = (
        "issued 2026-11-23T08:59:00Z (60 seconds ago), expires 2026-11-23T09:07:00Z (in 7 minutes)"
    )
    assert result.stdout.splitlines()[:5] == [
        "idToken (JWS)",
        "  network    visa (told by iss)",
        f"  signature  valid: made with key '{VISA_KID}'",
        f"  times      {times}",
        "  verdict    valid",
    ]
    assert '"simulated": true' in result.stdout


def test_without_a_key_the_signature_is_unknown_and_that_is_no_fault():
    code, artefact = report(id_token())
    assert (code, artefact["seal"], artefact["valid"]) == (0, "unknown", True)
    assert "--jwks" in artefact["sealReason"]


def test_a_key_set_without_the_key_leaves_the_signature_unknown(jwks):
    code, artefact = report(id_token(kid="another"), "--jwks", jwks)
    assert (code, artefact["seal"]) == (0, "unknown")
    assert "'another'" in artefact["sealReason"]


def test_a_tampered_token_is_invalid(jwks):
    code, artefact = report(tampered(id_token()), "--jwks", jwks)
    assert (code, artefact["seal"], artefact["valid"]) == (1, "invalid", False)


def test_an_expired_token_is_invalid_now_and_was_valid_then(jwks):
    token = id_token(exp=NOW)
    code, artefact = report(token, "--jwks", jwks)
    assert (code, artefact["seal"]) == (1, "valid")
    assert artefact["problems"] == ["it expired 2026-11-23T09:00:00Z"]
    assert report(token, "--at", "2026-11-23T08:59:59Z")[0] == 0


def test_a_token_of_the_future_is_not_valid_yet():
    assert report(id_token(iat=NOW + 60))[0] == 0  # a minute of leeway, as servers give
    code, artefact = report(id_token(iat=NOW + 61))
    assert code == 1
    assert "not valid before" in artefact["problems"][0]


@pytest.mark.parametrize("algorithm", ["none", "HS256", "PS256"])
def test_any_other_algorithm_is_invalid_whatever_the_key(jwks, algorithm):
    _, payload, signature = id_token().split(".")
    header = json.dumps({"alg": algorithm, "kid": VISA_KID}).encode()
    signature = "" if algorithm == "none" else signature
    token = f"{base64url.encode(header)}.{payload}.{signature}"
    code, artefact = report(token, "--jwks", jwks)
    assert (code, artefact["seal"]) == (1, "invalid")
    assert algorithm in artefact["sealReason"]


def test_an_issuer_with_the_key_of_another_network_is_a_contradiction():
    code, artefact = report(id_token(kid=MASTERCARD_KID))
    assert code == 1
    assert artefact["problems"] == ["iss names visa, but the key id is one of mastercard"]


def test_a_recognition_token_is_named():
    code, artefact = report(id_token(typ="JWT+ext.recognition_token"))
    assert (code, artefact["what"]) == (0, "recognitionToken")


def test_a_network_is_told_by_its_key_id_alone():
    _, artefact = report(id_token(iss="https://somebody.test"))
    assert (artefact["network"], artefact["networkBy"]) == ("visa", "the form of kid")


def test_a_jwe_without_key_stays_closed():
    code, artefact = report(sealed_payload())
    assert (code, artefact["seal"], artefact["payload"]) == (0, "closed", None)
    assert "'client-1'" in artefact["sealReason"]


def test_a_jwe_is_opened_and_its_numbers_are_masked(client_keys):
    result = run(sealed_payload(note=f"paid by {PAN}"), "--key", client_keys)
    assert result.exit_code == 0, result.output
    assert "checkout payload (JWE)" in result.stdout
    assert "520424******0007" in result.stdout
    assert "paid by 411111******1111" in result.stdout
    for secret in (TOKEN_NUMBER, PAN, CRYPTOGRAM):
        assert secret not in result.output


def test_unsafe_shows_the_numbers(client_keys):
    result = run(sealed_payload(), "--key", client_keys, "--unsafe")
    assert TOKEN_NUMBER in result.stdout
    assert CRYPTOGRAM in result.stdout


def test_a_card_encrypted_to_a_network_is_named_with_the_network():
    token = sealed_payload(kid="visa-src-fpan-encryption-20261101120000")
    _, artefact = report(token)
    assert (artefact["what"], artefact["network"]) == ("encryptedCard", "visa")


def test_a_jwe_that_its_own_key_cannot_open_is_invalid(client_keys):
    code, artefact = report(sealed_payload(key=NETWORK_KEY), "--key", client_keys)
    assert (code, artefact["seal"], artefact["payload"]) == (1, "invalid", None)
    header, key, iv, text, tag = sealed_payload().split(".")
    broken = ".".join((header, key, iv, ("B" if text[0] == "A" else "A") + text[1:], tag))
    assert report(broken, "--key", client_keys)[0] == 1


def test_a_jwe_to_another_key_stays_closed(client_keys):
    code, artefact = report(sealed_payload(kid="client-2"), "--key", client_keys)
    assert (code, artefact["seal"]) == (0, "closed")


def test_a_checkout_answer_is_opened_to_the_bottom(jwks, client_keys):
    answer = json.dumps(checkout_answer())
    code, outer = report("-", "--jwks", jwks, "--key", client_keys, stdin=answer)
    assert (code, outer["where"], outer["what"]) == (0, "checkoutResponseJWS", "checkoutResponse")
    assert (outer["network"], outer["seal"]) == ("mastercard", "valid")
    assert (outer["issuedAt"], outer["expiresAt"]) == ("2026-11-23T08:59:55Z", None)
    (inner,) = outer["nested"]
    assert (inner["where"], inner["what"], inner["seal"]) == (
        "encryptedPayload",
        "checkout payload",
        "opened",
    )
    assert inner["network"] == "mastercard"
    assert inner["payload"]["token"]["paymentToken"] == "520424******0007"


def test_a_broken_payload_makes_the_whole_checkout_response_invalid(client_keys):
    document = {"srcCorrelationId": "1", "encryptedPayload": sealed_payload(key=NETWORK_KEY)}
    signed = jws.sign(json.dumps(document).encode(), key=NETWORK_KEY, header={"kid": VISA_KID})
    code, outer = report(signed, "--key", client_keys)
    assert (code, outer["valid"], outer["problems"]) == (1, False, [])


@pytest.mark.parametrize("dressed", ['"{}"', "Bearer {}", "  {}\n"])
def test_a_token_is_found_in_the_dress_it_comes_in(dressed):
    code, artefact = report(stdin=dressed.format(id_token()))
    assert (code, artefact["what"]) == (0, "idToken")


def test_a_token_is_read_from_a_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(id_token())
    assert report(str(path))[1]["what"] == "idToken"


def test_every_token_of_a_document_is_shown():
    document = {"profiles": [{"idToken": id_token()}, {"authorization": id_token()}]}
    result = run("--format", "json", stdin=json.dumps(document))
    found = [one["where"] for one in json.loads(result.stdout)["artefacts"]]
    assert found == ["profiles[0].idToken", "profiles[1].authorization"]


def test_no_escape_sequence_of_a_token_reaches_the_terminal():
    token = id_token(kid="\x1b[2J", sub="\x1b]0;title\x07\x9b1m\u202e")
    for form in ("text", "json"):
        result = run("--format", form, stdin=json.dumps({"\x1b[1m\x9b": token}))
        assert result.exit_code == 0
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(result.output)
    broken = token.replace(".", ".*", 1)
    refused = run(stdin=json.dumps({"\x1b[1m": broken}))
    assert (refused.exit_code, "\x1b" in refused.output) == (2, False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JWS"),
        ("rubbish", "no JWS"),
        ("a.b.c", "not a compact JWS"),
        ("a.b.c.d.e", "not a compact JWE"),
        ("{broken", "begins like JSON"),
        ('{"keys": []}', "holds no JWS"),
        (f"{id_token()}.x", "no JWS"),
        (id_token().replace(".", ".*", 1), "not a compact JWS"),
        ("[" * 5000, "begins like JSON"),
    ],
)
def test_what_cannot_be_decoded_is_refused_in_one_line(text, says):
    result = run(stdin=text)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert says in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["no-such-file"], "neither a file nor a token"),
        (["--at", "yesterday", "a.b.c"], "--at"),
        (["-", "--jwks", "-"], "Only one"),
        (["a.b.c", "--jwks", "/nowhere/jwks.json"], "No such file"),
        (["."], "directory"),
    ],
)
def test_wrong_use_is_refused_in_one_line(arguments, says):
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1
    assert says in result.stderr


def test_a_public_key_does_not_pass_for_a_private_one(jwks):
    result = run(sealed_payload(), "--key", jwks)
    assert result.exit_code == 2
    assert "no private RSA key" in result.stderr


def test_the_output_has_no_colours_when_nobody_sees_them():
    assert "\x1b" not in run(id_token()).output
