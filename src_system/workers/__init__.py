"""Several processes on one port: a master that starts and replaces, workers that answer."""
