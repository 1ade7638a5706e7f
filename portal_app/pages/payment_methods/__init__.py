"""What a customer has saved to pay with."""
