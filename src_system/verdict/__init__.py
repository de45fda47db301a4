"""Passive checks on what the clients of a sandbox did: pure functions over its journal."""
