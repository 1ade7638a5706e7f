"""Every part of the portal in every state."""
