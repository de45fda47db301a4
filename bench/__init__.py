"""Benchmarks: ratios taken side by side in one run, each a command of `python -m bench`."""
