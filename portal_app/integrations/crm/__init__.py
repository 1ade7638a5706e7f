"""The adapter interface to a CRM and its implementations."""
