"""Tests of the documents that are signed, encrypted, masked or opened."""
