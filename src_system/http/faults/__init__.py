"""Faults that testers ask for, around the operations: none of them knows of any."""
