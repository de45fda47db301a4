"""TLS of the protocol port: the server's context, with client certificates asked for."""

import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from src_system.crypto.certificate_authority import (
    CertificateAuthority,
    CertificateRefused,
    load_or_create_authority,
    write_whole,
)


@dataclass(frozen=True, slots=True)
class TransportSecurity:
    """What a port that speaks TLS needs: its context, who issues client certificates, whom to
    trust. `ca_path` is None where the server's certificate was brought along.
    """

    context: ssl.SSLContext = field(repr=False)
    authority: CertificateAuthority
    ca_path: Path | None


def prepare_transport_security(
    folder: Path,
    *,
    names: Iterable[str],
    own_certificate: Path | None,
    own_key: Path | None,
    client_ca: Path | None,
    now: datetime,
) -> TransportSecurity:
    """TLS with an authority kept in *folder*.

    The server shows *own_certificate*, or one that the authority issues for *names*. Certificates
    of clients are asked for, not demanded; who shows one must have it from the authority or from
    *client_ca*. Raises CertificateRefused with what to mend, OSError.
    """
    authority = load_or_create_authority(folder, now=now)
    certificate, key = own_certificate, own_key
    if certificate is None or key is None:
        issued = authority.issue_server(names)
        # One file: two processes that start together never mix two pairs.
        certificate = key = folder / "server.pem"
        write_whole(key, issued.private_key + issued.certificate, mode=0o600)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
        context.load_verify_locations(cadata=authority.pem)
        if client_ca is not None:
            context.load_verify_locations(cafile=client_ca)
    except OSError as error:  # also ssl.SSLError, and a file that is not there
        said = getattr(error, "reason", None) or error.strerror or error
        raise CertificateRefused(
            f"The certificate and key for TLS cannot be used ({said});"
            " mend --tls-cert, --tls-key or --tls-client-ca."
        ) from error
    context.verify_mode = ssl.CERT_OPTIONAL
    return TransportSecurity(
        context, authority, folder / "ca.pem" if own_certificate is None else None
    )
