"""Porchlight: the customer portal of a trades business."""

__version__ = "0.1.0"
