"""The only user of SQL: what is kept (names, details, submissions) and an index derived from the chain."""
