"""Everything so far of a customer, in one list."""
