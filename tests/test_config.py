"""Configuration: where a value comes from, what is refused, what is shown."""

from dataclasses import fields
from pathlib import Path

import pytest

from src_system.config import (
    SETTINGS,
    Address,
    Config,
    ConfigError,
    Limits,
    load,
    parse_address,
    print_config,
    process_environment,
)

VAULT_KEY_HEX = "00112233445566778899aabbccddeeff" * 2


def refusal(flags=None, environment=None):
    with pytest.raises(ConfigError) as caught:
        load(flags or {}, environment or {})
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_server_told_nothing_listens_on_loopback_only():
    config = load({}, {})

    assert config.listen == Address("127.0.0.1", 8080)
    assert config.control == Address("127.0.0.1", 8081)
    assert config.listen.is_loopback
    assert config.database_url is None
    assert config.data_dir.name == "src-system"
    assert (config.auth, config.profile, config.workers) == ("open", "default", 1)
    assert config.limits == Limits()


def test_the_limits_are_those_of_the_contract():
    limits = Limits()

    assert limits.body_bytes_max == 256 * 1024
    assert limits.json_depth_max == 32
    assert (limits.cards_per_consumer_max, limits.addresses_per_consumer_max) == (20, 20)
    assert (limits.one_time_code_digits, limits.one_time_code_minutes) == (6, 5)
    assert (limits.one_time_code_wrong_tries_max, limits.one_time_code_resends_max) == (3, 3)
    assert (limits.id_token_seconds, limits.recognition_token_days) == (480, 180)
    assert limits.checkout_session_minutes == 30
    assert (limits.journal_entries_max, limits.sandboxes_max) == (10_000, 10_000)
    assert (limits.wait_seconds_max, limits.request_seconds_max) == (30, 30)


def test_flag_beats_environment_beats_default():
    environment = {"SRC_SYSTEM_WORKERS": "3", "SRC_SYSTEM_AUTH": "native"}
    config = load({"workers": "2"}, environment)

    assert (config.workers, config.auth, config.profile) == (2, "native", "default")
    assert config.sources["workers"] == "flag"
    assert config.sources["auth"] == "environment"
    assert config.sources["profile"] == "default"


def test_an_empty_variable_counts_as_not_given():
    config = load({}, {"SRC_SYSTEM_DATABASE_URL": "", "SRC_SYSTEM_WORKERS": ""})

    assert config.database_url is None
    assert config.sources["workers"] == "default"


def test_every_setting_is_a_field_of_the_same_name():
    settable = {field.name for field in fields(Config)} - {"limits", "sources"}
    limits = {field.name for field in fields(Limits)}

    assert {setting.name for setting in SETTINGS if not setting.is_limit} == settable
    assert {setting.name for setting in SETTINGS if setting.is_limit} == limits


def test_every_setting_is_explained_and_every_limit_has_a_unit():
    assert all(setting.meaning for setting in SETTINGS)
    assert all(setting.unit for setting in SETTINGS if setting.is_limit)


def test_flag_and_variable_follow_from_the_name():
    setting = next(setting for setting in SETTINGS if setting.name == "database_url")

    assert setting.flag == "--database-url"
    assert setting.variable == "SRC_SYSTEM_DATABASE_URL"


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080),
        ("localhost:0", "localhost", 0),
        ("[::1]:65535", "::1", 65535),
    ],
)
def test_an_address_is_read_and_written_alike(text, host, port):
    address = parse_address(text)

    assert (address.host, address.port) == (host, port)
    assert str(address) == text
    assert address.is_loopback


@pytest.mark.parametrize("text", ["0.0.0.0:80", "[::]:80", "src.shop.test:80"])
def test_an_address_that_others_reach_is_not_loopback(text):
    assert not parse_address(text).is_loopback


@pytest.mark.parametrize(
    "text", ["", "8080", ":8080", "::1:80", "[localhost]:80", "a:", "a:x", "a:65536", "a:-1"]
)
def test_a_malformed_address_is_refused_by_the_name_of_its_flag(text):
    message = refusal({"listen": text})

    assert message.startswith("--listen: ")
    assert repr(text) in message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("public_url", "ftp://src.shop.test"),
        ("public_url", "https://"),
        ("public_url", "https://src.shop.test?x=1"),
        ("public_url", "https://ana@src.shop.test"),
        ("public_url", "https://src.shop.test:99999"),
        ("workers", "0"),
        ("workers", "two"),
        ("auth", "basic"),
        ("profile", "loose"),
        ("migrate", "perhaps"),
        ("body_bytes_max", "12"),
        ("one_time_code_digits", "3"),
        ("log_level", "verbose"),
    ],
)
def test_a_value_out_of_its_range_is_refused(name, text):
    flag = "--" + name.replace("_", "-")
    variable = f"SRC_SYSTEM_{name.upper()}"

    assert refusal({name: text}).startswith(f"{flag}: ")
    assert refusal({}, {variable: text}).startswith(f"{variable}: ")


def test_a_public_url_loses_its_last_slash_only():
    config = load({"public_url": "https://pay.shop.test/src/"}, {})

    assert config.public_url == "https://pay.shop.test/src"


def test_an_unknown_variable_is_refused_with_the_nearest_name():
    message = refusal({}, {"SRC_SYSTEM_DATABASE_URI": "postgresql://h/d"})

    assert message.startswith("SRC_SYSTEM_DATABASE_URI: ")
    assert "did you mean SRC_SYSTEM_DATABASE_URL?" in message


def test_variables_of_other_commands_and_programs_are_left_alone():
    environment = {"SRC_SYSTEM_DPAS": "10", "PATH": "/bin"}

    assert load({}, environment, other_variables={"SRC_SYSTEM_DPAS"}).workers == 1
    assert "SRC_SYSTEM_DPAS" in refusal({}, environment)


def test_a_database_to_forget_cannot_be_one_that_is_given():
    message = refusal({"ephemeral": "true"}, {"SRC_SYSTEM_DATABASE_URL": "postgresql://h/d"})

    assert "--ephemeral and SRC_SYSTEM_DATABASE_URL exclude each other" in message
    assert "--data-dir" in refusal({"ephemeral": "true", "data_dir": "/srv/src"})


def test_a_data_directory_beside_a_given_database_holds_the_vault_key():
    config = load({"database_url": "postgresql:///src", "data_dir": "/srv/src"}, {})

    assert config.data_dir == Path("/srv/src")
    assert config.database_url == "postgresql:///src"


def test_the_two_ports_cannot_share_an_address_unless_both_are_free_choice():
    assert "--control" in refusal({"control": "127.0.0.1:8080"})
    config = load({"listen": "127.0.0.1:0", "control": "127.0.0.1:0"}, {})
    assert config.control.port == 0


def test_a_pool_cannot_keep_more_than_it_may_open():
    assert "--database-pool-max" in refusal({"database_pool_min": "20"})


def test_a_nonce_must_be_remembered_as_long_as_a_signature_may_be_shown():
    assert "--nonce-seconds" in refusal({"nonce_seconds": "599"})
    assert load({"nonce_seconds": "600"}, {}).limits.nonce_seconds == 600
    assert "--nonce-seconds" in refusal({"authentication_skew_seconds": "1000"})


def test_settings_of_tls_that_lack_each_other_are_refused():
    assert "--tls-key" in refusal({"tls": "auto", "tls_cert": "c.pem"})
    assert "--tls-cert" in refusal({"tls": "auto", "tls_key": "k.pem"})
    assert "--tls auto" in refusal({"tls_cert": "c.pem", "tls_key": "k.pem"})
    assert "--tls auto" in refusal({"tls_client_ca": "ca.pem"})
    assert "--tls" in refusal({"tls": "on"})
    own = load({"tls": "auto", "tls_cert": "c.pem", "tls_key": "k.pem"}, {})
    assert (own.tls_cert, own.tls_key) == (Path("c.pem"), Path("k.pem"))


def test_an_unusable_secret_is_refused_without_being_shown():
    for environment in (
        {"SRC_SYSTEM_VAULT_KEY": "hunter2hunter2"},
        {"SRC_SYSTEM_VAULT_KEY": "z" * 64},
        {"SRC_SYSTEM_DATABASE_URL": "mysql://ana:hunter2@h/d"},
        {"SRC_SYSTEM_CONTROL_TOKEN": "hunter2 hunter2"},
    ):
        message = refusal({}, environment)
        assert "hunter2" not in message
        assert "zzz" not in message


@pytest.mark.parametrize(
    "text",
    [
        VAULT_KEY_HEX,
        "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=",
        "ABEiM0RVZneImaq7zN3u_wARIjNEVWZ3iJmqu8zd7v8=",
    ],
)
def test_the_vault_key_is_read_in_hexadecimal_and_base64(text):
    config = load({}, {"SRC_SYSTEM_VAULT_KEY": text})

    assert config.vault_key == bytes.fromhex(VAULT_KEY_HEX)


def test_the_vault_key_is_never_taken_from_a_flag():
    assert load({"vault_key": VAULT_KEY_HEX}, {}).vault_key is None


def test_no_secret_is_shown_by_repr_or_by_the_printed_configuration():
    config = load(
        {"control_token": "hunter2hunter2"},
        {
            "SRC_SYSTEM_VAULT_KEY": VAULT_KEY_HEX,
            "SRC_SYSTEM_DATABASE_URL": "postgresql://ana:p/w@x@h:1,i:2/d?sslpassword=swordfish&a=b",
        },
    )
    shown = repr(config) + print_config(config)

    for secret in (
        "hunter2",
        VAULT_KEY_HEX,
        repr(bytes.fromhex(VAULT_KEY_HEX)),
        "p/w",
        "swordfish",
    ):
        assert secret not in shown
    assert "database_url = postgresql://ana:***@h:1,i:2/d?sslpassword=***&a=b (from env" in shown
    assert "vault_key = set (from environment)" in shown


def test_the_printed_configuration_gives_value_unit_and_source_of_everything():
    lines = print_config(load({"workers": "2", "ephemeral": "yes"}, {})).splitlines()

    assert len(lines) == len(SETTINGS)
    assert "workers = 2 processes (from flag)" in lines
    assert "ephemeral = true (from flag)" in lines
    assert "public_url = unset (from default)" in lines
    assert "body_bytes_max = 262144 bytes (from default)" in lines


def test_the_environment_is_handed_out_read_only(monkeypatch):
    monkeypatch.setenv("SRC_SYSTEM_WORKERS", "4")

    environment = process_environment()
    assert environment["SRC_SYSTEM_WORKERS"] == "4"
    assert not hasattr(environment, "__setitem__")
