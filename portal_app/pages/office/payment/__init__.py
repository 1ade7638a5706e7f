"""One payment, for the office."""
