"""One run: its settings, what a test is given, what is demanded of every exchange, and what comes of it."""
