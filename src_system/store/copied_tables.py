"""Everything a sandbox holds, copied into another one inside PostgreSQL, a statement per table.

A new table that has a sandbox_id is added here, or to NOT_COPIED with the reason; a new column to
its table's list. tests/store/test_sandbox_tables.py says so when it was forgotten.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from src_system.store.database import Tx

_CLIENT = """
    src_client_id, kind, name, business, status, token_requestor_id, origins, authentication,
    created_at, credentials_sealed, notification_url, notification_encrypted
"""
_COPY_CLIENT = f"""
INSERT INTO client (sandbox_id, {_CLIENT})
SELECT $2, {_CLIENT}
  FROM client
 WHERE sandbox_id = $1
"""

_RECIPIENT_KEY = """
    src_client_id, recipient_id, kid, fingerprint, jwk, private_sealed, not_after, created_at
"""
_COPY_RECIPIENT_KEY = f"""
INSERT INTO recipient_key (sandbox_id, {_RECIPIENT_KEY})
SELECT $2, {_RECIPIENT_KEY}
  FROM recipient_key
 WHERE sandbox_id = $1
"""

_DPA = """
    src_dpa_id, srci_dpa_id, src_client_id, status, dpa_data, dpa_transaction_options, markets,
    origins, created_at, registration
"""
_COPY_DPA = f"""
INSERT INTO dpa (sandbox_id, {_DPA})
SELECT $2, {_DPA}
  FROM dpa
 WHERE sandbox_id = $1
"""

_CREDENTIAL_NAME = "kind, name, src_client_id"
_COPY_CREDENTIAL_NAME = f"""
INSERT INTO credential_name (sandbox_id, {_CREDENTIAL_NAME})
SELECT $2, {_CREDENTIAL_NAME}
  FROM credential_name
 WHERE sandbox_id = $1
"""

_DPA_BATCH = """
    network, batch_id, src_client_id, request_id, request_digest, items, status, results,
    started_at, due_at, ended_at
"""
_COPY_DPA_BATCH = f"""
INSERT INTO dpa_batch (sandbox_id, {_DPA_BATCH})
SELECT $2, {_DPA_BATCH}
  FROM dpa_batch
 WHERE sandbox_id = $1
"""

_USED_NONCE = "digest, expires_at, used_at"
_COPY_USED_NONCE = f"""
INSERT INTO used_nonce (sandbox_id, {_USED_NONCE})
SELECT $2, {_USED_NONCE}
  FROM used_nonce
 WHERE sandbox_id = $1
"""

_CONSUMER = """
    network, src_consumer_id, status, email_address, mobile_country_code, mobile_phone_number,
    first_name, last_name, full_name, national_identifier, country_code, locale,
    compliance_settings, exhausted_validations, locked_until, date_consumer_added,
    date_consumer_last_used, shipping_address_count
"""
_COPY_CONSUMER = f"""
INSERT INTO consumer (sandbox_id, {_CONSUMER})
SELECT $2, {_CONSUMER}
  FROM consumer
 WHERE sandbox_id = $1
"""

_CONSUMER_IDENTITY = """
    network, identity_type, identity_value, identity_hash, src_consumer_id, validation_count
"""
_COPY_CONSUMER_IDENTITY = f"""
INSERT INTO consumer_identity (sandbox_id, {_CONSUMER_IDENTITY})
SELECT $2, {_CONSUMER_IDENTITY}
  FROM consumer_identity
 WHERE sandbox_id = $1
"""

_SHIPPING_ADDRESS = "network, address_id, src_consumer_id, address, created_at"
_COPY_SHIPPING_ADDRESS = f"""
INSERT INTO shipping_address (sandbox_id, {_SHIPPING_ADDRESS})
SELECT $2, {_SHIPPING_ADDRESS}
  FROM shipping_address
 WHERE sandbox_id = $1
"""

_APP_INSTANCE = """
    network, app_instance_id, src_consumer_id, src_client_id, jti, created_at, expires_at,
    revoked_at
"""
_COPY_APP_INSTANCE = f"""
INSERT INTO app_instance (sandbox_id, {_APP_INSTANCE})
SELECT $2, {_APP_INSTANCE}
  FROM app_instance
 WHERE sandbox_id = $1
"""

_DIGITAL_CARD = """
    network, src_digital_card_id, src_consumer_id, src_payment_card_id, pan_sealed,
    pan_fingerprint, pan_bin, pan_last_four, pan_expiration_month, pan_expiration_year, status,
    pending_events, cardholder_full_name, payment_account_reference, payment_card_descriptor,
    payment_card_type, country_code, presentation_name, billing_address_id, billing_address,
    date_of_card_created, date_of_card_last_used, art_uri, security_code_fingerprint
"""
_COPY_DIGITAL_CARD = f"""
INSERT INTO digital_card (sandbox_id, {_DIGITAL_CARD})
SELECT $2, {_DIGITAL_CARD}
  FROM digital_card
 WHERE sandbox_id = $1
"""

_PAYMENT_TOKEN = """
    network, src_digital_card_id, token_requestor_id, token_sealed, token_fingerprint,
    token_bin_range, token_last_four, token_expiration_month, token_expiration_year, created_at
"""
_COPY_PAYMENT_TOKEN = f"""
INSERT INTO payment_token (sandbox_id, {_PAYMENT_TOKEN})
SELECT $2, {_PAYMENT_TOKEN}
  FROM payment_token
 WHERE sandbox_id = $1
"""

_PAN_DISCLOSURE = "network, src_digital_card_id, src_client_id"
_COPY_PAN_DISCLOSURE = f"""
INSERT INTO pan_disclosure (sandbox_id, {_PAN_DISCLOSURE})
SELECT $2, {_PAN_DISCLOSURE}
  FROM pan_disclosure
 WHERE sandbox_id = $1
"""

_IDENTITY_VALIDATION = """
    network, id_validation_session_id, src_consumer_id, src_client_id, identity_type,
    identity_value, channel, state, issue_number, wrong_tries, expires_at, purpose
"""
_COPY_IDENTITY_VALIDATION = f"""
INSERT INTO identity_validation (sandbox_id, {_IDENTITY_VALIDATION})
SELECT $2, {_IDENTITY_VALIDATION}
  FROM identity_validation
 WHERE sandbox_id = $1
"""

_ONE_TIME_CODE = """
    network, id_validation_session_id, issue_number, place, channel, identity_value, state,
    issued_at, expires_at, copy_number, delivery, arrives_at, arrived_place, authentication_method,
    authentication_reason
"""
_COPY_ONE_TIME_CODE = f"""
INSERT INTO one_time_code (sandbox_id, {_ONE_TIME_CODE})
SELECT $2, {_ONE_TIME_CODE}
  FROM one_time_code
 WHERE sandbox_id = $1
"""

_AUTHENTICATION = """
    network, authentication_id, src_correlation_id, ordinal, src_client_id, src_consumer_id,
    src_digital_card_id, method, subject, reason, state, wrong_tries, id_validation_session_id,
    amount, currency_code, trans_status, created_at, expires_at, completed_at
"""
_COPY_AUTHENTICATION = f"""
INSERT INTO authentication (sandbox_id, {_AUTHENTICATION})
SELECT $2, {_AUTHENTICATION}
  FROM authentication
 WHERE sandbox_id = $1
"""

_CHECKOUT_SESSION = """
    network, src_correlation_id, src_client_id, src_dpa_id, srci_transaction_id,
    src_consumer_id, amr, auth_time, state, origin_digest, origin_ordinal, created_at,
    expires_at
"""
_COPY_CHECKOUT_SESSION = f"""
INSERT INTO checkout_session (sandbox_id, {_CHECKOUT_SESSION})
SELECT $2, {_CHECKOUT_SESSION}
  FROM checkout_session
 WHERE sandbox_id = $1
"""

_CHECKOUT = """
    network, checkout_id, src_correlation_id, src_client_id, src_dpa_id, srci_transaction_id,
    src_consumer_id, src_digital_card_id, dcf_action_code, request, created_at
"""
_COPY_CHECKOUT = f"""
INSERT INTO checkout (sandbox_id, {_CHECKOUT})
SELECT $2, {_CHECKOUT}
  FROM checkout
 WHERE sandbox_id = $1
"""

_CRYPTOGRAM = """
    network, checkout_id, ordinal, dynamic_data_type, value_fingerprint, token_fingerprint,
    src_dpa_id, amount, currency_code, issued_at, expires_at, used_at
"""
_COPY_CRYPTOGRAM = f"""
INSERT INTO cryptogram (sandbox_id, {_CRYPTOGRAM})
SELECT $2, {_CRYPTOGRAM}
  FROM cryptogram
 WHERE sandbox_id = $1
"""

_CONFIRMATION = "network, src_correlation_id, confirmation_id, confirmation_data, received_at"
_COPY_CONFIRMATION = f"""
INSERT INTO confirmation (sandbox_id, {_CONFIRMATION})
SELECT $2, {_CONFIRMATION}
  FROM confirmation
 WHERE sandbox_id = $1
"""

_REVOKED_ID_TOKEN = "jti, network, expires_at"
_COPY_REVOKED_ID_TOKEN = f"""
INSERT INTO revoked_id_token (sandbox_id, {_REVOKED_ID_TOKEN})
SELECT $2, {_REVOKED_ID_TOKEN}
  FROM revoked_id_token
 WHERE sandbox_id = $1
"""

_CARD_BATCH = """
    network, batch_id, src_client_id, external_batch_id, request_digest, src_correlation_id,
    started_at, due_at, ended_at
"""
_COPY_CARD_BATCH = f"""
INSERT INTO card_batch (sandbox_id, {_CARD_BATCH})
SELECT $2, {_CARD_BATCH}
  FROM card_batch
 WHERE sandbox_id = $1
"""

_CARD_BATCH_RECORD = """
    network, batch_id, place, src_client_id, external_consumer_id, external_credential_id,
    service_id, enrollment_data, linked_identities, compliance_settings, status, error,
    src_consumer_id, src_digital_card_id
"""
_COPY_CARD_BATCH_RECORD = f"""
INSERT INTO card_batch_record (sandbox_id, {_CARD_BATCH_RECORD})
SELECT $2, {_CARD_BATCH_RECORD}
  FROM card_batch_record
 WHERE sandbox_id = $1
"""

_EXTERNAL_CONSUMER = "network, src_client_id, external_consumer_id, src_consumer_id"
_COPY_EXTERNAL_CONSUMER = f"""
INSERT INTO external_consumer (sandbox_id, {_EXTERNAL_CONSUMER})
SELECT $2, {_EXTERNAL_CONSUMER}
  FROM external_consumer
 WHERE sandbox_id = $1
"""

_EXTERNAL_CREDENTIAL = """
    network, src_client_id, external_consumer_id, external_credential_id, src_digital_card_id
"""
_COPY_EXTERNAL_CREDENTIAL = f"""
INSERT INTO external_credential (sandbox_id, {_EXTERNAL_CREDENTIAL})
SELECT $2, {_EXTERNAL_CREDENTIAL}
  FROM external_credential
 WHERE sandbox_id = $1
"""

_CARD_NOTIFICATION = """
    network, notification_id, place, src_client_id, src_digital_card_id, reason_code,
    event_time, notification, state, attempts, failures, next_attempt_at, delivered_at
"""
_COPY_CARD_NOTIFICATION = f"""
INSERT INTO card_notification (sandbox_id, {_CARD_NOTIFICATION})
SELECT $2, {_CARD_NOTIFICATION}
  FROM card_notification
 WHERE sandbox_id = $1
"""

_FAULT_RULE = """
    rule_id, place, document, slot, nth, times, max_consecutive, calls, quota_limit, quota_period,
    matched_count, applied_count, consecutive_count, window_began_at, window_count, created_at
"""
_COPY_FAULT_RULE = f"""
INSERT INTO fault_rule (sandbox_id, {_FAULT_RULE})
SELECT $2, {_FAULT_RULE}
  FROM fault_rule
 WHERE sandbox_id = $1
"""

_FAULT_ROLL = "rule_id, subject, roll_count"
_COPY_FAULT_ROLL = f"""
INSERT INTO fault_roll (sandbox_id, {_FAULT_ROLL})
SELECT $2, {_FAULT_ROLL}
  FROM fault_roll
 WHERE sandbox_id = $1
"""

_STATE_CHANGE = "network, cause, kind, subject_id, status, due_at"
_COPY_STATE_CHANGE = f"""
INSERT INTO state_change (sandbox_id, {_STATE_CHANGE})
SELECT $2, {_STATE_CHANGE}
  FROM state_change
 WHERE sandbox_id = $1
"""

_DCF_VISIT = """
    network, visit_id, src_correlation_id, ordinal, src_client_id, opener_origin, display, request,
    progress, turn, result, created_at, expires_at
"""
_COPY_DCF_VISIT = f"""
INSERT INTO dcf_visit (sandbox_id, {_DCF_VISIT})
SELECT $2, {_DCF_VISIT}
  FROM dcf_visit
 WHERE sandbox_id = $1
"""

# Participants and what is theirs outlive a reset; people and all they did do not, faults if asked
# to. Each table stands behind those that it refers to.
PARTICIPANTS: Mapping[str, str] = MappingProxyType(
    {
        "client": _COPY_CLIENT,
        "recipient_key": _COPY_RECIPIENT_KEY,
        "dpa": _COPY_DPA,
        "credential_name": _COPY_CREDENTIAL_NAME,
        "dpa_batch": _COPY_DPA_BATCH,
        "used_nonce": _COPY_USED_NONCE,
    }
)
PEOPLE: Mapping[str, str] = MappingProxyType(
    {
        "consumer": _COPY_CONSUMER,
        "consumer_identity": _COPY_CONSUMER_IDENTITY,
        "shipping_address": _COPY_SHIPPING_ADDRESS,
        "app_instance": _COPY_APP_INSTANCE,
        "digital_card": _COPY_DIGITAL_CARD,
        "payment_token": _COPY_PAYMENT_TOKEN,
        "pan_disclosure": _COPY_PAN_DISCLOSURE,
        "identity_validation": _COPY_IDENTITY_VALIDATION,
        "one_time_code": _COPY_ONE_TIME_CODE,
        "authentication": _COPY_AUTHENTICATION,
        "checkout_session": _COPY_CHECKOUT_SESSION,
        "checkout": _COPY_CHECKOUT,
        "cryptogram": _COPY_CRYPTOGRAM,
        "confirmation": _COPY_CONFIRMATION,
        "revoked_id_token": _COPY_REVOKED_ID_TOKEN,
        "card_batch": _COPY_CARD_BATCH,
        "card_batch_record": _COPY_CARD_BATCH_RECORD,
        "external_consumer": _COPY_EXTERNAL_CONSUMER,
        "external_credential": _COPY_EXTERNAL_CREDENTIAL,
        "card_notification": _COPY_CARD_NOTIFICATION,
        "state_change": _COPY_STATE_CHANGE,
        "dcf_visit": _COPY_DCF_VISIT,
    }
)
FAULTS: Mapping[str, str] = MappingProxyType(
    {"fault_rule": _COPY_FAULT_RULE, "fault_roll": _COPY_FAULT_ROLL}
)
NOT_COPIED: Mapping[str, str] = MappingProxyType(
    {
        "sandbox": "each copy has a row of its own, made of the settings (store/sandbox_copies.py)",
        "snapshot": "a copy begins without snapshots; restored, a sandbox keeps those it has",
        "journal": "a copy's journal begins with the copy; restored or reset, places go on",
        "journal_page": "a copy's journal begins with the copy",
        "journal_disclosure": "who read unmasked is kept with the sandbox that was read",
    }
)
COLUMNS_NOT_COPIED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # Nobody is delivering the copy yet.
        "card_notification": frozenset({"leased_until"}),
        # Nobody has the copy in hand.
        "dcf_visit": frozenset({"busy_until"}),
    }
)


_SEE_ONE_INSTANT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"


async def see_one_instant(tx: Tx) -> None:
    """Let all that the transaction reads be as it was at one instant; to be said first."""
    await tx.execute(_SEE_ONE_INSTANT)


async def copy_tables(
    tx: Tx, sandbox_id: str, copy_id: str, tables: Iterable[Mapping[str, str]]
) -> None:
    """Copy what the transaction sees of *sandbox_id* into *copy_id*, whose own row exists."""
    for statements in tables:
        for statement in statements.values():
            await tx.execute(statement, sandbox_id, copy_id)
