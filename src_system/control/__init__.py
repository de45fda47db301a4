"""The control port: what testers and operators call, never the clients under test."""
