"""The operations that an SRC initiator calls: where each lives, and who reads, runs, writes it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from src_system.model.participant import Client
from src_system.operations.checkout import checkout
from src_system.operations.complete_identity_validation import complete_identity_validation
from src_system.operations.confirmation import confirm
from src_system.operations.delete_card import delete_card
from src_system.operations.enroll_card import enroll_card
from src_system.operations.get_card import get_card
from src_system.operations.get_payload import get_payload
from src_system.operations.get_src_profile import get_src_profile
from src_system.operations.identity_lookup import identity_lookup
from src_system.operations.initiate_identity_validation import initiate_identity_validation
from src_system.operations.is_recognized import is_recognized
from src_system.operations.unbind_app_instance import unbind_app_instance
from src_system.system import System
from src_system.wire import answers, requests
from src_system.wire.reading import Call


@dataclass(frozen=True, slots=True)
class Operation:
    """One row: *read* a call, *run* the operation, *write* its result. No writer: 204, no body."""

    name: str
    method: str
    resource: str
    read: Callable[[Call], Any]
    run: Callable[[System, Client, Any], Awaitable[Any]]
    write: Callable[[Any, System], dict[str, Any]] | None


OPERATIONS = (
    Operation(
        "enrollCard",
        "POST",
        "cards",
        requests.read_enroll_card,
        enroll_card,
        answers.write_enroll_card,
    ),
    Operation(
        "getCard",
        "GET",
        "cards/{srcDigitalCardId}",
        requests.read_get_card,
        get_card,
        answers.write_get_card,
    ),
    Operation(
        "deleteCard",
        "DELETE",
        "cards/{srcDigitalCardId}",
        requests.read_delete_card,
        delete_card,
        None,
    ),
    Operation(
        "isRecognized",
        "POST",
        "identities/recognize",
        requests.read_is_recognized,
        is_recognized,
        answers.write_is_recognized,
    ),
    Operation(
        "identityLookup",
        "POST",
        "identities/lookup",
        requests.read_identity_lookup,
        identity_lookup,
        answers.write_identity_lookup,
    ),
    Operation(
        "initiateIdentityValidation",
        "POST",
        "identities/validation/initiate",
        requests.read_initiate_identity_validation,
        initiate_identity_validation,
        answers.write_initiate_identity_validation,
    ),
    Operation(
        "completeIdentityValidation",
        "POST",
        "identities/validation/complete",
        requests.read_complete_identity_validation,
        complete_identity_validation,
        answers.write_complete_identity_validation,
    ),
    Operation(
        "getSrcProfile",
        "POST",
        "profiles/prepare",
        requests.read_get_src_profile,
        get_src_profile,
        answers.write_get_src_profile,
    ),
    Operation(
        "unbindAppInstance",
        "POST",
        "apps/unbind",
        requests.read_unbind_app_instance,
        unbind_app_instance,
        answers.write_unbind_app_instance,
    ),
    Operation(
        "checkout",
        "POST",
        "transaction/credentials",
        requests.read_checkout,
        checkout,
        answers.write_checkout,
    ),
    Operation(
        "getPayload",
        "GET",
        "transaction/credentials",
        requests.read_get_payload,
        get_payload,
        answers.write_get_payload,
    ),
    Operation(
        "confirmation",
        "POST",
        "confirmations",
        requests.read_confirmation,
        confirm,
        None,
    ),
)
