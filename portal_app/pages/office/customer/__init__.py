"""One customer, as the office sees them."""
