"""Opening the database; one transaction at a time, durable when the block ends."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from provenance.errors import StoreError
from provenance.store.migrating import bring_up_to_date, is_current, make_index_anew

__all__ = ["Connection", "Database", "open_database"]

# Kibibytes: a range of blocks is written in memory, not spilled page by page. A history is some sixty pages all over
# the file, whose first 2 GiB are read through memory, without a call a page.
FAST_READS = ("cache_size=-32000", f"mmap_size={2**31 - 2**16}")
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=10000",
    "foreign_keys=ON",
    "wal_autocheckpoint=8000",  # pages: what many ranges change is copied back once
    *FAST_READS,
)


class Database:
    """A pool of connections to one database. `reading` and `writing` are the only two ways in."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._own = threading.local()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection whose reads all see one moment of the database. Raises StoreError when it fails."""
        with _told(), self._engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    def look(self, asked: Sequence[str], values: Mapping[str, Any]) -> list[list[Any]]:
        """The rows of each of these questions, all as of one moment; each may use any of the ``:values``.

        For what must be quick: the driver is asked directly, and PostgreSQL all at once. Raises StoreError.
        """
        try:
            if self._engine.dialect.name == "sqlite":
                return _look_sqlite(self._own_connection(), asked, values)
            with closing(self._engine.raw_connection()) as connection:
                return _look_postgres(connection.driver_connection, asked, values)
        except self._engine.dialect.loaded_dbapi.Error as error:
            raise StoreError(f"the database failed: {error}") from error
        except DBAPIError as error:  # no connection could be made
            raise StoreError(f"the database failed: {error.orig}") from error

    def _own_connection(self) -> Any:
        """The thread's own connection, opened once: taking one from the pool costs as much as a query."""
        if not hasattr(self._own, "driver"):
            taken = self._engine.raw_connection()
            self._own.driver, self._own.taken = taken.driver_connection, taken
            if isinstance(self._engine.pool, QueuePool):  # else it is in memory, and there is but this one
                taken.detach()  # the pool counts it no longer: however many threads look, none has to wait
        return self._own.driver

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: durable on the disk when the block ends, undone when it raises.

        Raises StoreError when the database fails.
        """
        with self._turn(), _told(), self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def _turn(self) -> AbstractContextManager[object]:
        """The turn to write, for this process, where writers come one at a time.

        SQLite lets the others try again now and then, and under load some never get through.
        """
        if self._engine.dialect.name != "sqlite":
            return nullcontext()
        return _turn_at(self._engine.url.database or "")

    def drop_index(self) -> None:
        """Forgets everything that follows from the chain; what is kept stays."""
        with self.writing() as connection:
            make_index_anew(connection)

    def close(self) -> None:
        self._own = threading.local()  # lets go of every thread's own connection
        self._engine.dispose()


@cache
def _turn_at(_file: str) -> AbstractContextManager[object]:
    """One lock a file, however often this process has opened it."""
    return threading.Lock()


def open_database(url: str, *, create: bool = True) -> Database:
    """The database at a SQLAlchemy URL, with its tables; raises StoreError if it cannot be opened or made."""
    try:
        parsed = make_url(url)
        file = parsed.database if parsed.get_backend_name() == "sqlite" else None
        if file and file != ":memory:":
            if not create and not Path(file).exists():
                raise StoreError(f"{file}: no such database; run `provenance demo`, or set PROVENANCE_DATA")
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        return _up_to_date(Database(engine))
    except (SQLAlchemyError, OSError, ImportError) as error:
        raise StoreError(f"database {_without_password(url)} cannot be opened: {error}") from error


def _up_to_date(database: Database) -> Database:
    """The database with its tables; one that cannot have them is closed again, no connection stays behind."""
    try:
        with database.reading() as connection:
            current = is_current(connection)
        if not current:
            with database.writing() as connection:
                bring_up_to_date(connection)
    except BaseException:
        database.close()
        raise
    return database


def _without_password(url: str) -> str:
    """The URL as it may be printed and logged."""
    try:
        return repr(make_url(url).render_as_string(hide_password=True))
    except ArgumentError:
        return "(not shown, as it is no URL)"


def _look_sqlite(driver: Any, asked: Sequence[str], values: Mapping[str, Any]) -> list[list[Any]]:
    driver.execute("BEGIN")
    try:
        return [driver.execute(sql, values).fetchall() for sql in asked]
    finally:
        driver.rollback()


def _look_postgres(driver: Any, asked: Sequence[str], values: Mapping[str, Any]) -> list[list[Any]]:
    with driver.pipeline():  # everything in one round trip
        driver.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursors = [driver.execute(_with_psycopg_names(sql), values) for sql in asked]
        return [cursor.fetchall() for cursor in cursors]


@cache
def _with_psycopg_names(sql: str) -> str:
    return re.sub(r":(\w+)", r"%(\1)s", sql.replace("%", "%%"))


@contextmanager
def _told() -> Iterator[None]:
    """What the database says, as an error of ours."""
    try:
        yield
    except DBAPIError as error:
        raise StoreError(f"the database failed: {error.orig}") from error


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # SQLAlchemy's own pysqlite recipe: we say BEGIN ourselves, so that DDL and reads are in transactions too.
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
