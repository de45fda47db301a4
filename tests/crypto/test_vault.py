"""The vault: what is sealed opens with the same key and context only; its key file is private."""

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src_system.crypto.vault import Vault, VaultKeyError, load_or_create_key_file

KEY = bytes(range(200, 232))
VAULT = Vault(KEY)


def refusal(function, *arguments, **named):
    with pytest.raises(VaultKeyError) as caught:
        function(*arguments, **named)
    message = str(caught.value)
    assert "\n" not in message
    return message


@given(plaintext=st.binary(max_size=300), context=st.binary(max_size=40))
def test_what_is_sealed_opens_again(plaintext, context):
    sealed = VAULT.seal(plaintext, context=context)
    assert VAULT.open(sealed, context=context) == plaintext


@given(data=st.data())
def test_a_sealed_value_with_any_byte_changed_is_refused(data):
    sealed = VAULT.seal(b"4111111111111111", context=b"card")
    place = data.draw(st.integers(0, len(sealed) - 1))
    change = data.draw(st.integers(1, 255))
    tampered = sealed[:place] + bytes([sealed[place] ^ change]) + sealed[place + 1 :]
    assert refusal(VAULT.open, tampered, context=b"card")


@given(st.integers(0, 44))
def test_a_sealed_value_cut_short_is_refused(length):
    sealed = VAULT.seal(b"4111111111111111", context=b"card")
    assert refusal(VAULT.open, sealed[:length], context=b"card")


@given(st.binary(max_size=60))
def test_arbitrary_bytes_are_refused_and_nothing_worse(sealed):
    assert refusal(VAULT.open, sealed, context=b"")
    assert refusal(VAULT.open, b"\x01" + sealed, context=b"")


def test_another_context_or_key_does_not_open():
    sealed = VAULT.seal(b"secret", context=b"sandbox a")
    assert refusal(VAULT.open, sealed, context=b"sandbox b")
    assert refusal(Vault(KEY[::-1]).open, sealed, context=b"sandbox a")


def test_sealing_twice_gives_different_values_that_hide_the_plaintext():
    first, second = (VAULT.seal(b"4111111111111111", context=b"") for _ in range(2))
    assert first != second
    assert b"4111" not in first


def test_a_fingerprint_depends_on_value_purpose_and_key_and_on_nothing_else():
    made = VAULT.fingerprint(b"4111", purpose=b"pan")
    assert made == Vault(KEY).fingerprint(b"4111", purpose=b"pan")
    assert len(made) == 32
    others = {
        VAULT.fingerprint(b"4112", purpose=b"pan"),
        VAULT.fingerprint(b"4111", purpose=b"token"),
        Vault(KEY[::-1]).fingerprint(b"4111", purpose=b"pan"),
    }
    assert len(others | {made}) == 4


@pytest.mark.parametrize(
    "text", [KEY.hex(), KEY.hex().upper(), base64.b64encode(KEY).decode()], ids=len
)
def test_a_key_is_read_from_hex_or_base64(text):
    sealed = VAULT.seal(b"x", context=b"")
    assert Vault.from_text(text).open(sealed, context=b"") == b"x"


@pytest.mark.parametrize(
    "text", ["", "secret", KEY.hex()[:-2], KEY.hex() + "00", "g" * 64, "é" * 44]
)
def test_a_malformed_key_is_refused_without_being_repeated(text):
    message = refusal(Vault.from_text, text)
    assert "64 hex digits" in message
    assert not text or text not in message


def test_a_key_of_another_length_is_refused():
    assert "32 bytes" in refusal(Vault, b"short")


def test_the_repr_of_a_vault_shows_nothing_of_its_key():
    shown = repr(VAULT) + str(VAULT)
    assert KEY.hex() not in shown and repr(KEY)[2:10] not in shown


def test_a_key_file_is_made_private_once_and_read_again(tmp_path):
    path = tmp_path / "vault.key"
    sealed = load_or_create_key_file(path).seal(b"x", context=b"")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_key_file(path).open(sealed, context=b"") == b"x"
    assert [entry.name for entry in tmp_path.iterdir()] == ["vault.key"]


def test_workers_that_start_at_the_same_time_agree_on_one_key(tmp_path):
    for attempt in range(20):
        path = tmp_path / f"{attempt}.key"
        with ThreadPoolExecutor(8) as pool:
            vaults = list(pool.map(load_or_create_key_file, [path] * 8))
        assert len({vault.fingerprint(b"x", purpose=b"same") for vault in vaults}) == 1
    assert len(list(tmp_path.iterdir())) == 20


@pytest.mark.skipif(os.name != "posix", reason="only POSIX keeps these bits")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_file_that_others_may_read_is_refused_with_the_remedy(tmp_path, mode):
    path = tmp_path / "vault.key"
    load_or_create_key_file(path)
    path.chmod(mode)
    assert f"chmod 600 {path}" in refusal(load_or_create_key_file, path)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff\xfe\xfd"])
def test_a_malformed_key_file_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "vault.key"
    path.write_bytes(content)
    path.chmod(0o600)
    assert str(path) in refusal(load_or_create_key_file, path)
    assert path.read_bytes() == content


def test_a_key_file_out_of_reach_is_refused_in_one_line(tmp_path):
    assert "out of reach" in refusal(load_or_create_key_file, tmp_path / "nowhere" / "vault.key")
    assert "out of reach" in refusal(load_or_create_key_file, tmp_path)


def test_within_a_sandbox_a_seal_opens_there_for_what_it_was_made_for_and_nowhere_else():
    box, other = VAULT.within("box"), VAULT.within("other")
    sealed = box.seal(b"4111", context=("pan", "visa", "card-1"))

    assert VAULT.within("box").open(sealed, context=("pan", "visa", "card-1")) == b"4111"
    assert refusal(other.open, sealed, context=("pan", "visa", "card-1"))
    for context in (("token", "visa", "card-1"), ("pan", "amex", "card-1"), ("pan", "visa")):
        assert refusal(box.open, sealed, context=context)
    assert box.fingerprint(b"4111", purpose=b"pan") == other.fingerprint(b"4111", purpose=b"pan")
