"""One run: the pytest plugin, what comes before the first test, the scheduler, and the end."""
