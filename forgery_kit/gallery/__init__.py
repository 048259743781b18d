"""A gallery of writers on disk, and the search for those whose hands are most like a questioned one."""
