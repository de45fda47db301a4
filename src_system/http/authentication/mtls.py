"""Mutual TLS: the client is who its certificate says, bound by fingerprint or subject."""

import hmac

from src_system.crypto.certificate_authority import certificate_fingerprint, certificate_subject
from src_system.http.authentication.presented import Presented
from src_system.model.client_authentication import GatewayCause, Section
from src_system.model.errors import GatewayRefused
from src_system.payloads.credentials import Credentials
from src_system.system import System


async def verify(system: System, credentials: Credentials, presented: Presented) -> None:
    """Raise GatewayRefused unless the connection's certificate is the client's own.

    That a trusted authority issued it was verified by TLS, before the request.
    """
    der = presented.client_certificate()
    if der is None or not _is_bound(credentials, der):
        raise GatewayRefused(GatewayCause.CERTIFICATE)


def _is_bound(credentials: Credentials, der: bytes) -> bool:
    fingerprint = credentials.member(Section.MTLS, "fingerprint")
    if fingerprint is not None:
        return hmac.compare_digest(fingerprint, certificate_fingerprint(der))
    subject = credentials.member(Section.MTLS, "subject")
    return subject is not None and subject == certificate_subject(der)
