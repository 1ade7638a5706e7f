"""A customer's statement of account."""
