"""One invoice of a customer."""
