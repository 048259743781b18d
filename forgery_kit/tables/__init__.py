"""Many pairs: tables of scores and batches of reports."""
