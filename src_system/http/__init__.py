"""The protocol port: what SRC initiators, issuers and DCFs call."""
