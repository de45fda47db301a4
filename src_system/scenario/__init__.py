"""Scenarios: stories that QA people write, and the black-box runner that plays them."""
