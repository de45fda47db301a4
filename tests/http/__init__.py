"""Tests of the protocol port, through its HTTP interface."""
