"""The verbs of the command line, a module for each group of them; nothing heavy is imported before one runs."""
