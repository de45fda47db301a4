"""What the control port tells of magic values, typed."""

from src_system.client.answers import Struct
from src_system.client.errors import Json


class MagicValue(Struct, frozen=True, kw_only=True):
    """A value that brings something about wherever a call holds it.

    `trigger` says where it stands: email, phone, amount, oneTimeCode, securityCode, pan or card.
    `values` is what to send to each network, `what` the effect in words.
    """

    id: str
    trigger: str
    values: dict[str, str] = {}
    operations: list[str] = []
    reason: str | None = None
    effect: Json = {}
    what: str = ""
    source: str = ""


class UnreachableReason(Struct, frozen=True, kw_only=True):
    """A reason that no value brings about, and why."""

    reason: str
    why: str


class MagicTable(Struct, frozen=True, kw_only=True):
    """Every magic value, and what none can do."""

    magic: list[MagicValue] = []
    unreachable: list[UnreachableReason] = []

    def of(
        self, reason: str, *, trigger: str | None = None, operation: str | None = None
    ) -> list[MagicValue]:
        """The values that bring about this *reason*, of a kind and for an operation if one says."""
        return [
            value
            for value in self.magic
            if value.reason == reason
            and trigger in {None, value.trigger}
            and (operation is None or operation in value.operations)
        ]


class MagicSetting(Struct, frozen=True, kw_only=True):
    """Whether magic values mean anything in a sandbox."""

    enabled: bool
