"""Pages that say one thing."""
