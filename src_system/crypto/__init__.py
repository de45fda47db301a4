"""JOSE, keys, the vault and one-time values: the only importer of `cryptography`."""
