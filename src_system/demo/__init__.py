"""The demo: a whole checkout, played against a running server and narrated."""
