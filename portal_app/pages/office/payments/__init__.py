"""All payments, for the office."""
