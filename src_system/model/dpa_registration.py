"""Registration of DPAs in batches: actions, programmes, and what an update may change (4.15)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from src_system.model.errors import InvalidValue

DPAS_PER_ITEM_MAX = 80


class BatchAction(StrEnum):
    """What shall happen to the DPAs of an item."""

    ADD = "ADD"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


class ProgramType(StrEnum):
    """The programme that a DPA takes part in."""

    SRC = "SRC"
    SECURE_COF_MERCHANT = "SECURE_COF_MERCHANT"
    SECURE_COF_MERCHANT_OBO = "SECURE_COF_MERCHANT_OBO"
    SECURE_COF_MERCHANT_OBO_SHARED = "SECURE_COF_MERCHANT_OBO_SHARED"
    SECURE_COF_COMMERCE_PLATFORM = "SECURE_COF_COMMERCE_PLATFORM"
    SECURE_COF_COMMERCE_PLATFORM_OBO = "SECURE_COF_COMMERCE_PLATFORM_OBO"
    SQR_DEVICE = "SQR_DEVICE"
    AUTOFILL = "AUTOFILL"
    GUEST_CHECKOUT_TOKENIZATION = "GUEST_CHECKOUT_TOKENIZATION"


_CHANGEABLE_DATA = frozenset({"dpaPresentationName", "dpaLogoUri"})
_CHANGEABLE_REGISTRATION = frozenset(
    {"programName", "debitTokenRequested", "merchantCategoryCodes", "threeDSDefaultdata"}
)


def refuse_mixed_actions(actions: list[BatchAction]) -> None:
    """Raise InvalidValue when DPAs are added and updated in one batch."""
    if {BatchAction.ADD, BatchAction.UPDATE} <= set(actions):
        raise InvalidValue("ADD and UPDATE must not stand in one batch.", source="items")


def refuse_forbidden_changes(
    known_data: Mapping[str, Any],
    known_registration: Mapping[str, Any],
    data: Mapping[str, Any],
    registration: Mapping[str, Any],
) -> None:
    """Raise InvalidValue unless only members differ that an update may change.

    A DPA that was never registered in a batch has no registration: an update may give it one.
    """
    _refuse_change(known_data, data, _CHANGEABLE_DATA, "dpaData.")
    if known_registration:
        _refuse_change(known_registration, registration, _CHANGEABLE_REGISTRATION, "")


def _refuse_change(
    known: Mapping[str, Any], given: Mapping[str, Any], changeable: frozenset[str], path: str
) -> None:
    for member in sorted(known.keys() | given.keys()):
        if member not in changeable and known.get(member) != given.get(member):
            raise InvalidValue(
                f"An update leaves {path}{member} as it is: send the registered value.",
                source=f"{path}{member}",
            )
