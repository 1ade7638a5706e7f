"""The office's view of the CRM connection."""
