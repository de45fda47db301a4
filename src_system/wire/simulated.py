"""The refusal that a fault asks for: any reason of the vocabulary, in the network's own form."""

from collections.abc import Iterator

from src_system.model import errors
from src_system.model.errors import InvalidArgument, MethodNotAllowed, SrcError
from src_system.model.fault_effects import ErrorEffect
from src_system.model.magic import MagicValue
from src_system.model.simulated_refusal import Simulated
from src_system.model.vocabulary import BUSINESS_REASONS, DETAIL_REASONS, TOP_REASONS
from src_system.wire.errors import status_of_kind

# spec 7.2 and 7.4, for what nothing here says by itself; 400 where no page names a code.
_STATUS = {
    "NOT_IMPLEMENTED": 501,  # ours is about the method, and so a 405
    "LOCKED": 403,
    "CANCELLED": 400,
    "DATA_LOSS": 500,
    "FRAUD": 403,
    "ACCT_FRAUD": 403,
    "AUTH_ERROR": 401,
    "OTP_SEND_FAILED": 500,
    "SERVICE_ERROR": 500,
    "SERVER_ERROR": 500,
    "UNKNOWN_ERROR": 500,
    "UNABLE_TO_CONNECT": 503,
    "RATE_LIMIT_EXCEEDED": 429,
    "REQUEST_TIMEOUT": 504,
}
_STATUS_OF_OTHERS = 400


def simulated_refusal(effect: ErrorEffect) -> SrcError:
    """The refusal; as our own of that reason, where there is one and no other status is asked."""
    kind = _OWN.get(effect.reason)
    if kind is not None and effect.status is None:
        return kind(effect.message)
    on_top = effect.reason in TOP_REASONS | BUSINESS_REASONS
    message = effect.message
    if message is None and kind is not None:
        message = (kind.__doc__ or "").strip()
    return Simulated(
        message,
        reason=(effect.reason if on_top else InvalidArgument.reason),
        detail_reason=kind.detail_reason if kind is not None else None if on_top else effect.reason,
        status=effect.status or status_of_reason(effect.reason),
    )


def met_refusal(value: MagicValue) -> SrcError:
    """The refusal of a magic value that only the operation could see."""
    effect = None if value.fault is None else value.fault.effect
    if not isinstance(effect, ErrorEffect):
        raise TypeError(f"{value.magic_id} refuses nothing.")
    return simulated_refusal(effect)


def status_of_reason(reason: str) -> int:
    """The HTTP status of a reason of the vocabulary."""
    kind = _OWN.get(reason)
    return _STATUS.get(reason, _STATUS_OF_OTHERS) if kind is None else status_of_kind(kind)


def _own_refusals() -> dict[str, type[SrcError]]:
    """Our own class for each reason: the widest of those that say it on top, else in a detail."""
    found: dict[str, type[SrcError]] = {}
    kinds = list(_refusals())
    for kind in kinds:
        parent = kind.__mro__[1]
        if not (issubclass(parent, SrcError) and parent.__dict__.get("reason") == kind.reason):
            found.setdefault(kind.reason, kind)
    for kind in kinds:
        if issubclass(kind, InvalidArgument) and kind.detail_reason in DETAIL_REASONS:
            found.setdefault(kind.detail_reason, kind)
    return found


def _refusals() -> Iterator[type[SrcError]]:
    for kind in vars(errors).values():
        is_refusal = isinstance(kind, type) and issubclass(kind, SrcError)
        if is_refusal and kind not in (SrcError, MethodNotAllowed, Simulated):
            yield kind


_OWN = _own_refusals()
