"""The journal: what was called and answered, kept without delaying anybody, opened when read."""
