"""The terms of business."""
