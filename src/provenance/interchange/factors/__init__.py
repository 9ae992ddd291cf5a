"""Readers of factor tables: what others publish, in canonical rows, with whatever is wrong in it found and named."""
