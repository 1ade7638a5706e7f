"""The office's preview of an invoice."""
