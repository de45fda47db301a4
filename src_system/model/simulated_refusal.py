"""The refusal that a tester asks for: any reason of the vocabulary, with any status."""

from src_system.model.errors import SrcError


class Simulated(SrcError):
    """The SRC System refuses because a tester asked it to."""

    reason = "INTERNAL"

    def __init__(
        self,
        message: str | None = None,
        *,
        reason: str = "INTERNAL",
        detail_reason: str | None = None,
        status: int = 500,
    ) -> None:
        """*status* is the HTTP status asked for."""
        super().__init__(message)
        self.reason = reason
        self.detail_reason = detail_reason
        self.status = status
