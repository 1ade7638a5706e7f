"""The page on which a person plays the office."""

ROUTES = []
