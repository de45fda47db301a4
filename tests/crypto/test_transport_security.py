"""TLS of the protocol port: whose certificates it shows, and whose it takes."""

import ssl
from pathlib import Path

import pytest

from src_system.clock import machine_now
from src_system.crypto.certificate_authority import (
    CertificateAuthority,
    IssuedCertificate,
    new_certificate_authority,
)
from src_system.crypto.transport_security import TransportSecurity, prepare_transport_security


def prepared(folder: Path, **own: Path) -> TransportSecurity:
    files: dict[str, Path | None] = {"own_certificate": None, "own_key": None, "client_ca": None}
    return prepare_transport_security(
        folder, names=["localhost"], now=machine_now(), **{**files, **own}
    )


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def shake_hands(
    server: ssl.SSLContext, trusted: str, folder: Path, identity: IssuedCertificate | None = None
) -> bytes | None:
    """The certificate that the server saw; ssl.SSLError when one side refuses the other."""
    client = ssl.create_default_context(cadata=trusted)
    if identity is not None:
        client.load_cert_chain(
            written(folder / "identity.pem", identity.private_key + identity.certificate)
        )
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname="localhost"),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return ends[1].getpeercert(binary_form=True)


def new_authority() -> CertificateAuthority:
    return new_certificate_authority(now=machine_now())


def test_a_client_may_show_a_certificate_of_ours_or_none(tmp_path: Path) -> None:
    tls = prepared(tmp_path)
    issued = tls.authority.issue_client("shop")

    assert tls.ca_path == tmp_path / "ca.pem"
    assert tls.context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert shake_hands(tls.context, tls.authority.pem, tmp_path) is None
    seen = shake_hands(tls.context, tls.authority.pem, tmp_path, issued)
    assert seen == ssl.PEM_cert_to_DER_cert(issued.certificate)


def test_a_certificate_of_an_unknown_authority_is_refused(tmp_path: Path) -> None:
    tls = prepared(tmp_path)

    with pytest.raises(ssl.SSLError):
        shake_hands(tls.context, tls.authority.pem, tmp_path, new_authority().issue_client("shop"))


def test_a_further_authority_of_clients_is_believed_when_it_is_named(tmp_path: Path) -> None:
    theirs = new_authority()
    tls = prepared(tmp_path, client_ca=written(tmp_path / "theirs.pem", theirs.pem))

    assert shake_hands(tls.context, tls.authority.pem, tmp_path, theirs.issue_client("shop"))


def test_a_certificate_that_was_brought_along_is_shown_instead_of_ours(tmp_path: Path) -> None:
    theirs = new_authority()
    own = theirs.issue_server(["localhost"])
    tls = prepared(
        tmp_path,
        own_certificate=written(tmp_path / "own.pem", own.certificate),
        own_key=written(tmp_path / "own-key.pem", own.private_key),
    )

    assert tls.ca_path is None
    assert shake_hands(tls.context, theirs.pem, tmp_path) is None
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(tls.context, tls.authority.pem, tmp_path)
