"""Scenarios: the format, the runner, the library of stories and the recorder."""
