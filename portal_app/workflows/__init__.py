"""Acts that need the network between two transactions; they open their own."""
