"""A sandbox and a client session for tests of the documents: those of the protocol port."""

from tests.http.conftest import http, initiator, new_sandbox

__all__ = ["http", "initiator", "new_sandbox"]
