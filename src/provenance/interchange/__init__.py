"""Pure mappings between this ledger's words and other vocabularies."""
