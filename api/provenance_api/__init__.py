"""The HTTP interface and the pages of the provenance ledger."""
