"""A sandbox emptied, table by table and in pieces: it may hold millions of rows.

tests/store/test_sandbox_tables.py says so when a table that has a sandbox_id was forgotten.
"""

from collections.abc import Mapping
from types import MappingProxyType

from src_system.store.database import Database

PIECE_ROWS = 2_000

_EMPTY_JOURNAL_PAGE = """
DELETE FROM journal_page
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM journal_page WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_JOURNAL_DISCLOSURE = """
DELETE FROM journal_disclosure
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM journal_disclosure WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_JOURNAL = """
DELETE FROM journal
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM journal WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_DCF_VISIT = """
DELETE FROM dcf_visit
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM dcf_visit WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_STATE_CHANGE = """
DELETE FROM state_change
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM state_change WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_FAULT_ROLL = """
DELETE FROM fault_roll
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM fault_roll WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_FAULT_RULE = """
DELETE FROM fault_rule
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM fault_rule WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_CARD_NOTIFICATION = """
DELETE FROM card_notification
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM card_notification WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_EXTERNAL_CREDENTIAL = """
DELETE FROM external_credential
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM external_credential WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_EXTERNAL_CONSUMER = """
DELETE FROM external_consumer
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM external_consumer WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_CARD_BATCH_RECORD = """
DELETE FROM card_batch_record
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM card_batch_record WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_CARD_BATCH = """
DELETE FROM card_batch
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM card_batch WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_REVOKED_ID_TOKEN = """
DELETE FROM revoked_id_token
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM revoked_id_token WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_CONFIRMATION = """
DELETE FROM confirmation
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM confirmation WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_CRYPTOGRAM = """
DELETE FROM cryptogram
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM cryptogram WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_CHECKOUT = """
DELETE FROM checkout
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM checkout WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_CHECKOUT_SESSION = """
DELETE FROM checkout_session
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM checkout_session WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_AUTHENTICATION = """
DELETE FROM authentication
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM authentication WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_ONE_TIME_CODE = """
DELETE FROM one_time_code
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM one_time_code WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_IDENTITY_VALIDATION = """
DELETE FROM identity_validation
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM identity_validation WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_PAN_DISCLOSURE = """
DELETE FROM pan_disclosure
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM pan_disclosure WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_PAYMENT_TOKEN = """
DELETE FROM payment_token
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM payment_token WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_DIGITAL_CARD = """
DELETE FROM digital_card
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM digital_card WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_APP_INSTANCE = """
DELETE FROM app_instance
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM app_instance WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_SHIPPING_ADDRESS = """
DELETE FROM shipping_address
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM shipping_address WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_CONSUMER_IDENTITY = """
DELETE FROM consumer_identity
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM consumer_identity WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_CONSUMER = """
DELETE FROM consumer
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM consumer WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_USED_NONCE = """
DELETE FROM used_nonce
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM used_nonce WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_DPA_BATCH = """
DELETE FROM dpa_batch
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM dpa_batch WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_CREDENTIAL_NAME = """
DELETE FROM credential_name
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM credential_name WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_DPA = """
DELETE FROM dpa
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM dpa WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_RECIPIENT_KEY = """
DELETE FROM recipient_key
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM recipient_key WHERE sandbox_id = $1 LIMIT $2))
"""

_EMPTY_CLIENT = """
DELETE FROM client
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM client WHERE sandbox_id = $1 LIMIT $2))
"""

# Each table stands before those that it refers to.
EMPTYING: Mapping[str, str] = MappingProxyType(
    {
        "journal_page": _EMPTY_JOURNAL_PAGE,
        "journal_disclosure": _EMPTY_JOURNAL_DISCLOSURE,
        "journal": _EMPTY_JOURNAL,
        "fault_roll": _EMPTY_FAULT_ROLL,
        "fault_rule": _EMPTY_FAULT_RULE,
        "dcf_visit": _EMPTY_DCF_VISIT,
        "state_change": _EMPTY_STATE_CHANGE,
        "card_notification": _EMPTY_CARD_NOTIFICATION,
        "external_credential": _EMPTY_EXTERNAL_CREDENTIAL,
        "external_consumer": _EMPTY_EXTERNAL_CONSUMER,
        "card_batch_record": _EMPTY_CARD_BATCH_RECORD,
        "card_batch": _EMPTY_CARD_BATCH,
        "revoked_id_token": _EMPTY_REVOKED_ID_TOKEN,
        "confirmation": _EMPTY_CONFIRMATION,
        "cryptogram": _EMPTY_CRYPTOGRAM,
        "checkout": _EMPTY_CHECKOUT,
        "checkout_session": _EMPTY_CHECKOUT_SESSION,
        "authentication": _EMPTY_AUTHENTICATION,
        "one_time_code": _EMPTY_ONE_TIME_CODE,
        "identity_validation": _EMPTY_IDENTITY_VALIDATION,
        "pan_disclosure": _EMPTY_PAN_DISCLOSURE,
        "payment_token": _EMPTY_PAYMENT_TOKEN,
        "digital_card": _EMPTY_DIGITAL_CARD,
        "app_instance": _EMPTY_APP_INSTANCE,
        "shipping_address": _EMPTY_SHIPPING_ADDRESS,
        "consumer_identity": _EMPTY_CONSUMER_IDENTITY,
        "consumer": _EMPTY_CONSUMER,
        "used_nonce": _EMPTY_USED_NONCE,
        "dpa_batch": _EMPTY_DPA_BATCH,
        "credential_name": _EMPTY_CREDENTIAL_NAME,
        "dpa": _EMPTY_DPA,
        "recipient_key": _EMPTY_RECIPIENT_KEY,
        "client": _EMPTY_CLIENT,
    }
)


async def empty_sandbox(database: Database, sandbox_id: str) -> None:
    """Delete every row that belongs to the sandbox but its own; each piece commits by itself."""
    async with database.connection() as tx:
        for statement in EMPTYING.values():
            # The command tag tells how many: "DELETE 2000".
            while await tx.execute(statement, sandbox_id, PIECE_ROWS) == f"DELETE {PIECE_ROWS}":
                continue
