"""One payout of Stripe's: what is in it, line by line, down to the payments."""
