"""The form in which the office records money it has taken itself."""
