"""The worker: follows the chain beside whoever serves, until it is told to stop."""

from __future__ import annotations

import logging
import threading
from types import TracebackType

from provenance.bootstrap import reading
from provenance.config import Settings
from provenance.errors import ProvenanceError
from provenance.workflows.capturing import capture
from provenance.workflows.following import follow

_LOGGER = logging.getLogger(__name__)


class Follower:
    """A thread that keeps the index up to date; a context manager that ends it.

    A failure is kept in `failure`, logged once, and tried again at the next look: the chain may come back.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopping = threading.Event()
        self._awake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
        self.failure: str | None = None

    def __enter__(self) -> Follower:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def wake(self) -> None:
        """Lets it look at once: something was taken in."""
        self._awake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
            except (ProvenanceError, OSError) as error:
                self._note(str(error))
                self._stopping.wait(self._settings.poll)

    def _follow(self) -> None:
        with reading(self._settings) as ledger:
            while not self._stopping.is_set():
                follow(ledger.database, ledger.gateway)
                more = self._settings.captures and capture(ledger.database, ledger.gateway)
                self._note(None)
                if not more:
                    self._stopping.wait(self._settings.poll)

    def _note(self, failure: str | None) -> None:
        if failure != self.failure and failure is not None:
            _LOGGER.warning("not following: %s", failure)
        self.failure = failure
