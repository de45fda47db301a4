"""The checkout: a card of a validated consumer becomes a signed, encrypted payload."""

from src_system.operations.checkout.request import CheckoutRequest, CheckoutResult
from src_system.operations.checkout.run import checkout

__all__ = ["CheckoutRequest", "CheckoutResult", "checkout"]
