"""Questions customers ask, with the answers, and how to reach the office."""
