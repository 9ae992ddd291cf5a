"""One verb per function, each owning its one transaction."""
