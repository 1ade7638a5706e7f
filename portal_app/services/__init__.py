"""The business rules: they load and authorise in one call, never commit, and know no page and no vendor."""
