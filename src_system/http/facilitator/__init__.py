"""The DCF of a network: pages on which a consumer reviews, proves and pays (spec 3, 4.9)."""
