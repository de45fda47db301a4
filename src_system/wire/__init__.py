"""JSON into operation requests and results into JSON, in each network's dialect."""
