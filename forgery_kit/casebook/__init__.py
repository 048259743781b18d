"""The casebook: an append-only, hash-chained record of what was done."""
