"""What waits to leave the portal, what needs a person, and what has left."""
