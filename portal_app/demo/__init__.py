"""The demo: a business, its CRM and the other servers it needs; never imported by the rest."""
