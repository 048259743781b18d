"""One case: exhibits, comparison, evidence and measures."""
