"""Settings, Payments: Stripe's key and what its account can do, the rules, the words for bank transfers."""
