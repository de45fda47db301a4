"""The documents an SRC System signs, encrypts or opens."""
