"""A simulator of EMV Secure Remote Commerce systems."""

__version__ = "0.1.0"
