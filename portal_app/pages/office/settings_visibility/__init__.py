"""Settings: what customers see."""
