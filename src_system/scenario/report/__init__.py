"""The reports of a run, a file for each kind: what was played, for people and for programs."""
