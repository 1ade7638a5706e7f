"""The customer's payments."""
