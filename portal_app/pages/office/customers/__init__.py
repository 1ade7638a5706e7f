"""The office's list of customers."""
