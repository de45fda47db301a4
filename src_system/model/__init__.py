"""Nouns, rules, state machines and refusals of an SRC System: pure, no I/O."""
