"""Tests of what pages are made of: catalogues of texts, files."""
