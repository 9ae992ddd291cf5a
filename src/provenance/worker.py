"""The worker: follows the chain and sends what was taken in, beside whoever serves, until it is told to stop.

Of several processes over one database one works, the holder of the lease; the others stand by.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import ExitStack
from types import TracebackType

from provenance.bootstrap import Reader, reading, relaying
from provenance.config import Settings
from provenance.errors import ProvenanceError
from provenance.store.leases import LeaseLostError
from provenance.workflows.capturing import capture
from provenance.workflows.following import follow
from provenance.workflows.leasing import Lease
from provenance.workflows.offering import sweep
from provenance.workflows.sending import Sending, has_work

_LOGGER = logging.getLogger(__name__)
STANDBY_SECONDS = 1.0
MINING_SECONDS = 0.05
"""How soon to look again for what was sent: chains mine in their own time, a local one at once."""


class Worker:
    """A thread that keeps index and chain up to date with each other; a context manager that ends it.

    A failure is kept in `failure`, logged once, and tried again at the next look: the chain may come back.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopping = threading.Event()
        self._awake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self.failure: str | None = None
        self.works = False

    def __enter__(self) -> Worker:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._awake.set()
        self._thread.join()

    def wake(self) -> None:
        """Lets it look at once: something was taken in."""
        self._awake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with reading(self._settings) as ledger, Lease(ledger.database) as lease:
                    self._take_turns(ledger, lease)
            except (ProvenanceError, OSError) as error:
                self.works = False
                self._note(str(error))
                self._stopping.wait(self._settings.poll)

    def _take_turns(self, ledger: Reader, lease: Lease) -> None:
        while not self._stopping.is_set():
            self.works = lease.take()
            if self.works:
                self._work(ledger, lease)
            else:
                self._note(None)
                self._wait(min(STANDBY_SECONDS, self._settings.poll))

    def _work(self, ledger: Reader, lease: Lease) -> None:
        """Follows and sends until the lease is lost."""
        with ExitStack() as opened:
            sending: Sending | None = None
            while lease.held and not self._stopping.is_set():
                follow(ledger.database, ledger.gateway)
                captured = self._settings.captures and capture(ledger.database, ledger.gateway)
                sweep(ledger.database, int(time.time()))
                busy = has_work(ledger.database)
                try:
                    if busy and sending is None:
                        relay = opened.enter_context(relaying(self._settings))
                        sending = Sending(ledger.database, ledger.gateway, relay, lease.require)
                    sent = sending.step() if sending is not None and busy else False
                except LeaseLostError:
                    _LOGGER.info("another process has taken over")
                    return
                self._note(None)
                if not busy:
                    opened.close()  # an embedded chain may have another writer meanwhile
                    sending = None
                self._wait(
                    0
                    if sent or captured
                    else min(MINING_SECONDS, self._settings.poll)
                    if busy
                    else self._settings.poll
                )

    def _wait(self, seconds: float) -> None:
        if self._awake.wait(seconds):
            self._awake.clear()

    def _note(self, failure: str | None) -> None:
        if failure != self.failure and failure is not None:
            _LOGGER.warning("not at work: %s", failure)
        self.failure = failure
