"""A report that proves itself: what it carries besides its pages, and the archival form that it has."""
