"""A small Stripe of our own, for the demo and the tests: real HTTP, real state, no real money."""
