"""One payment, or a try to pay."""
