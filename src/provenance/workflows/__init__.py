"""One verb per function: what people do with the ledger, each owning the one transaction it needs."""
