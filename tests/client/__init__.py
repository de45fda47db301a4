"""Tests of the client that users have; the servers are real."""
