"""The operations that a participating issuer calls (spec 4.14)."""

from src_system.http.operation import Operation

ISSUER_OPERATIONS: tuple[Operation, ...] = ()
