"""The office's settings of its papers."""
