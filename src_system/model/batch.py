"""Batches: how far one has come, and what is kept of an entry that was refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from src_system.model.errors import SrcError


class BatchStatus(StrEnum):
    """State of a batch (spec 4.15)."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED_SUCCESSFULLY = "COMPLETED_SUCCESSFULLY"
    COMPLETED_WITH_ERRORS = "COMPLETED_WITH_ERRORS"
    FAILED = "FAILED"


def completed(*, succeeded: int, failed: int) -> BatchStatus:
    """The end of a batch: FAILED when nothing in it succeeded."""
    if not failed:
        return BatchStatus.COMPLETED_SUCCESSFULLY
    return BatchStatus.COMPLETED_WITH_ERRORS if succeeded else BatchStatus.FAILED


@dataclass(frozen=True, slots=True)
class Failure:
    """A refusal as kept: the name of its class, its sentence, and the member at fault."""

    refusal: str
    message: str
    source: str | None

    @classmethod
    def of(cls, error: SrcError, *, within: str = "") -> Self:
        """What is kept of *error*; *within* is the path of the entry that was refused."""
        source = error.source
        if within:
            source = f"{within}.{source}" if source else within
        return cls(type(error).__name__, error.message, source)

    @classmethod
    def from_document(cls, document: Mapping[str, Any] | None) -> Self | None:
        """The failure of its kept form, None for none."""
        return None if document is None else cls(**document)
