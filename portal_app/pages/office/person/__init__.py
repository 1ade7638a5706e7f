"""One of a customer's people: details and rights."""
