"""What a verb that writes works with."""

from __future__ import annotations

from dataclasses import dataclass

from provenance.ledger.gateway import Gateway
from provenance.ledger.sending import Sender
from provenance.store.database import Database


@dataclass(frozen=True)
class Network:
    """A deployed ledger, the account that pays for its transactions, and the database beside it."""

    database: Database
    gateway: Gateway
    sender: Sender
