"""Settings, Mail: through which server the portal's mail leaves, and a test."""
