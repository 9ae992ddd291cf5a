"""The trust file: what whoever checks a history pins, so that nothing has to be believed afterwards."""

from __future__ import annotations

import json
import os
from pathlib import Path

from provenance.ledger.gateway import Gateway

FORMAT = "returns-provenance trust 1"


def write_trust_file(path: Path, gateway: Gateway) -> None:
    """Pins chain, contracts and code hashes, and as trust root the newest final block's hash; whole or not at all.

    Whoever verifies for themselves replaces the block hash by one that they got elsewhere.
    """
    block = gateway.finalized() or gateway.head()
    pinned = {key: value for key, value in gateway.deployment.as_json().items() if key != "format"}
    root = {"kind": "blockHash", "number": block.number, "hash": f"0x{block.hash.hex()}"}
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        json.dump({"format": FORMAT, **pinned, "root": root}, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
