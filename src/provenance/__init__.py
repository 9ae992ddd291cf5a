"""A provenance ledger for returned products: complete, ordered, signed histories anyone can check."""
