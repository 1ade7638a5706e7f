"""Settings: what is switched off for everybody, and how long links last."""
