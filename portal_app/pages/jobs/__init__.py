"""The list of a customer's jobs."""
