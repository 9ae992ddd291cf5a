"""Bytes in, verdict out: canonical form, commitments, digests. Pure: no I/O, no clock."""
