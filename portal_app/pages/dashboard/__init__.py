"""The customer's home."""
