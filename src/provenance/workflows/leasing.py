"""One of several processes sends and follows: the one that holds the lease, for as long as it is alive."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from types import TracebackType

from provenance.errors import ProvenanceError
from provenance.store.database import Connection, Database
from provenance.store.leases import Held, LeaseLostError, give_back, require_held, take

WRITER = "writer"
LEASE_SECONDS = 5.0
"""How long a dead holder keeps the others waiting."""


class Lease:
    """Holds the lease while it can: a context manager with a heartbeat of its own, however long the work takes."""

    def __init__(self, database: Database, name: str = WRITER, seconds: float | None = None) -> None:
        self._database = database
        self._name = name
        self._seconds = LEASE_SECONDS if seconds is None else seconds
        self._me = f"{socket.gethostname()[:30]} {os.getpid()} {secrets.token_hex(8)}"
        self._held: Held | None = None
        self._stopping = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="lease", daemon=True)

    @property
    def held(self) -> bool:
        """Whether this process was the holder when it last asked."""
        return self._held is not None

    def take(self) -> bool:
        """Takes the lease, or keeps it; False while another process has it."""
        with self._database.writing() as connection:
            self._held = take(connection, self._name, self._me, self._seconds)
        return self.held

    def require(self, connection: Connection) -> None:
        """Fences a transaction, see `store.leases.require_held`. Raises LeaseLostError."""
        if self._held is None:
            raise LeaseLostError("this process does not hold the lease: another one writes")
        require_held(connection, self._held)

    def __enter__(self) -> Lease:
        self._heart.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._heart.join()
        if self._held is not None:
            with self._database.writing() as connection:
                give_back(connection, self._held)

    def _beat(self) -> None:
        while not self._stopping.wait(self._seconds / 3):
            if self._held is not None:
                try:
                    self.take()
                except (ProvenanceError, OSError):
                    continue  # it may expire; the fence sees to the rest
