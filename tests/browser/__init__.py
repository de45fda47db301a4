"""Pages and SDKs in a real browser, against a real server."""
