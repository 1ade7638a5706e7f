"""The least a Reflex app can be; what the portal costs is seen beside it."""
