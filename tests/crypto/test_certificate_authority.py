"""The simulator's own certificate authority: what it issues, and how it is kept."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from src_system.crypto.certificate_authority import (
    CertificateRefused,
    certificate_fingerprint,
    certificate_from_pem,
    certificate_subject,
    load_or_create_authority,
    new_certificate_authority,
)
from src_system.crypto.transport_security import prepare_transport_security

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def policy(*authorities):
    trusted = [x509.load_pem_x509_certificate(one.pem.encode()) for one in authorities]
    return PolicyBuilder().store(Store(trusted)).time(NOW)


def certificate(issued):
    return x509.load_pem_x509_certificate(issued.certificate.encode())


def test_a_client_certificate_is_bound_to_its_client_and_believed_by_no_other_authority():
    mine, other = new_certificate_authority(now=NOW), new_certificate_authority(now=NOW)
    issued = mine.issue_client("client-1")

    with pytest.raises(VerificationError):
        policy(other).build_client_verifier().verify(certificate(issued), [])
    der = certificate_from_pem(issued.certificate)
    assert certificate_subject(der) == "O=src-system client,CN=client-1"
    assert len(certificate_fingerprint(der)) == 64
    assert issued.private_key not in repr(issued)


def test_a_server_certificate_names_hosts_and_addresses():
    authority = new_certificate_authority(now=NOW)
    issued = authority.issue_server(["localhost", "visa.localhost", "127.0.0.1", "::1"])

    for name in (x509.DNSName("localhost"), x509.DNSName("visa.localhost")):
        policy(authority).build_server_verifier(name).verify(certificate(issued), [])
    with pytest.raises(VerificationError):
        policy(authority).build_server_verifier(x509.DNSName("shop.test")).verify(
            certificate(issued), []
        )
    with pytest.raises(VerificationError):
        policy(authority).build_client_verifier().verify(certificate(issued), [])


def test_a_long_client_id_still_gets_a_certificate():
    issued = new_certificate_authority(now=NOW).issue_client("c" * 255)

    assert certificate_subject(certificate_from_pem(issued.certificate)).endswith("c" * 64)


def test_an_authority_is_kept_with_its_key_readable_by_its_owner_alone(tmp_path):
    first = load_or_create_authority(tmp_path / "tls", now=NOW)
    again = load_or_create_authority(tmp_path / "tls", now=NOW)

    assert first.pem == again.pem == (tmp_path / "tls" / "ca.pem").read_text()
    assert stat.S_IMODE((tmp_path / "tls" / "ca-key.pem").stat().st_mode) == 0o600
    assert "PRIVATE" not in first.pem


def test_processes_that_start_together_agree_on_one_authority(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: load_or_create_authority(tmp_path, now=NOW), range(8)))

    assert len({authority.pem for authority in made}) == 1


def test_an_authority_about_to_end_is_made_anew(tmp_path):
    first = load_or_create_authority(tmp_path, now=NOW)

    renewed = load_or_create_authority(tmp_path, now=first.not_after - timedelta(days=1))

    assert renewed.pem != first.pem
    assert (tmp_path / "ca.pem").read_text() == renewed.pem


def test_a_file_that_holds_no_authority_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "ca-key.pem").write_text("nonsense")

    with pytest.raises(CertificateRefused, match="remove it"):
        load_or_create_authority(tmp_path, now=NOW)


def test_a_certificate_that_does_not_fit_its_key_is_refused(tmp_path):
    authority = new_certificate_authority(now=NOW)
    one, other = (authority.issue_server(["localhost"]) for _ in range(2))
    (tmp_path / "cert.pem").write_text(one.certificate)
    (tmp_path / "key.pem").write_text(other.private_key)

    with pytest.raises(CertificateRefused, match="--tls-cert"):
        prepare_transport_security(
            tmp_path,
            names=["localhost"],
            own_certificate=tmp_path / "cert.pem",
            own_key=tmp_path / "key.pem",
            client_ca=None,
            now=NOW,
        )
