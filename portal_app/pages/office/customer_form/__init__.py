"""The form in which the office adds or changes a customer."""
