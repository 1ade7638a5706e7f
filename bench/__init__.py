"""Repeatable measurements, each beside its floor in the same run: `portal bench`."""
