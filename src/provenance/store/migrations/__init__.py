"""Alembic migrations of the kept tables; derived ones are dropped and followed again instead."""
