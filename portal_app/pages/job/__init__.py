"""One job of a customer."""
