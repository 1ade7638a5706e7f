"""Files that wait until the office has looked at them."""
