"""Talking to a CRM: one small interface, plain records, errors in words. Knows no tables."""
