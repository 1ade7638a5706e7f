"""What the measurements run in processes of their own; each prints one line of JSON."""
