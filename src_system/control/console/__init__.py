"""The console: pages on the control port that show what happens, and forms that change it."""
