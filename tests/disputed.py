"""Disputes in a played ledger: an item whose last event is challenged and corrected, and which is on hold."""

from pathlib import Path

from played import settings_in
from provenance import bootstrap
from provenance.interchange.play import Actor
from provenance.model.calls import Contract
from provenance.model.messages import Challenge, Correction, Hold, ItemMessage
from provenance.model.vocabulary import HANDLERS, Role, Stage
from provenance.workflows import listing, playing
from provenance.workflows.following import follow
from provenance.workflows.keyring import Key
from provenance.workflows.network import Network
from provenance.workflows.signing import sign_messages

FOREVER = 2**64 - 1


def dispute(network: Network, folder: Path) -> tuple[bytes, int]:
    """Two challenges of an item's last event, a correction that answers the first, a hold; that item and event."""
    keyring = bootstrap.open_demo_keyring(settings_in(folder))
    cast = playing.enrol_cast(network, keyring)
    stored = listing.list_items(network.database, stage=Stage.STORED_FOR_ANALYSIS).items[0]
    domain = network.gateway.deployment.signatures().domains[Contract.LEDGER]

    def record(key: Key, message: ItemMessage) -> None:
        network.gateway.send(network.sender, list(sign_messages(domain, key, [message])))

    auditor, lab = cast.key("auditor", Role.AUDITOR), cast.key(Actor.LAB, HANDLERS)
    workshop = cast.key(Actor.WORKSHOP, HANDLERS)
    for count in (1, 2):
        record(workshop, Challenge(stored.id, count, stored.seq, FOREVER))
    record(lab, Correction(stored.id, stored.seq + 1, stored.seq, 1, FOREVER))
    record(auditor, Hold(stored.id, stored.seq + 2, True, FOREVER))
    follow(network.database, network.gateway)
    return stored.id, stored.seq
