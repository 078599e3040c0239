"""What is demanded of answers: of each by itself, and between several."""
