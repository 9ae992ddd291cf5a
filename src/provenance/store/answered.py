"""What requests with an Idempotency-Key were answered."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from provenance.store.schema import answers_given

KEPT_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True)
class Answered:
    """An answer and the hash of the request that it was given to. ``given`` is in Unix seconds."""

    key: str
    request: bytes
    answer: str
    given: int


def answered(connection: Connection, key: str) -> Answered | None:
    """What was answered under this key."""
    row = connection.execute(select(answers_given).where(answers_given.c.key == key)).one_or_none()
    return Answered(**row._asdict()) if row else None


def remember(connection: Connection, answer: Answered) -> None:
    """Keeps an answer for a week."""
    connection.execute(delete(answers_given).where(answers_given.c.given < answer.given - KEPT_SECONDS))
    connection.execute(answers_given.insert().values(**vars(answer)))
