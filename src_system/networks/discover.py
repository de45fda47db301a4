"""Discover's profile: the EMV form as at Amex; only call shapes are public (spec 2.4, 8.6, U17)."""

from dataclasses import replace

from src_system.networks.amex import AMEX
from src_system.networks.profile import PanRange, TestPan, TokenRange

DISCOVER = replace(
    AMEX,
    name="discover",
    display_name="Discover",
    issuer="https://discover.src-system.test",
    signature_kid="discover-src-payload-verification-{stamp}",
    encryption_kid="discover-src-fpan-encryption-{stamp}",
    jws_header_iss="https://discover.src-system.test",
    native_mounts=("srci/v1.1/", "dcf/v1.1/"),
    consumer_token_header="localAuthorization",
    par_prefix="D001",
    payment_card_descriptor="discover",
    card_security_code_digits=3,
    pan_prefixes=("6011", "644", "645", "646", "647", "648", "649", "65"),
    test_pans=(
        TestPan("6011111111111117"),
        TestPan("6011000990139424"),
        TestPan("6445644564456445"),
    ),
    invented_pan_ranges=(PanRange("60119999", 16), PanRange("60119910", 16)),
    magic_pan_prefix="60119910",
    token_range=TokenRange("650999", 16),
)
