"""What customers change about themselves, and who is signed in."""
