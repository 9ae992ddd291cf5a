"""The rules: what an item is, what may happen to it, who may say so. Pure: no I/O, no clock."""
