"""The one door through which every request leaves: it records, redacts, guards, budgets and registers."""
