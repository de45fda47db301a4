"""Tests of the rules, pure and without I/O, and the samples they share with the payloads' tests."""
