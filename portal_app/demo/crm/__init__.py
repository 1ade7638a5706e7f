"""The reference CRM: serves Portal Sync v1 from its own SQLite file, for the demo and the tests."""
