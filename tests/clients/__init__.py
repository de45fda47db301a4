"""Clients that were written against the outer contract alone and share no code with the server."""
