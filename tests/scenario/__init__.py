"""Tests of the runner of scenarios, of the stories it plays, and of its reports."""
