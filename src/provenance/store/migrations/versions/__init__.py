"""One file per version of the kept tables."""
