"""Settings: questions and answers, opening hours, terms of business."""
