"""One recurring plan of a customer."""
