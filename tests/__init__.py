"""Tests; a package so that they may share their doubles of the outside world."""
