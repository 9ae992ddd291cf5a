"""How partners write through the API: typed data handed out, signed, sent back, and waited for."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from ledger.world import Signatory, World
from provenance.config import Settings
from provenance.ledger.embedded.genesis import DEVELOPMENT_KEYS
from provenance.proofs.signatures import sign
from sample_keys import private_key

Json = dict[str, Any]
PATIENCE = 20.0


def settings_for(world: World, folder: Path, database: str | None = None, **more: Any) -> Settings:
    """Settings of a server of this ledger; its operator is anvil's first account."""
    world.deployment.save(folder / "deployment.json")
    fields = {
        "data": folder,
        "database": database,
        "chain": world.chain.target,
        "operator_key": DEVELOPMENT_KEYS[0],
        "confirmations": 0,
        "poll": 0.05,
    }
    return Settings(**(fields | more), _env_file=None)


@dataclass
class Office:
    """The API, and verbs of partners who use it."""

    client: TestClient
    world: World

    def until_caught_up(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.client.get("/ready").status_code != 200:
            assert time.monotonic() < deadline, self.client.get("/ready").json()
            time.sleep(0.02)

    def until(self, met: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not met():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def typed(self, message: str, *intended: Json, **more: Any) -> Json:
        answer = self.client.post(f"/typed-data/{message}", json={"messages": list(intended), **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def signed(self, who: Signatory, typed: Json) -> Json:
        """The request that sends the typed data back with a signature."""
        signature = sign(private_key(who.label), bytes.fromhex(typed["digest"][2:]))
        return {
            "messages": typed["messages"],
            "documents": typed["documents"],
            "signature": "0x" + signature.hex(),
        }

    def submit(self, who: Signatory, message: str, *intended: Json) -> list[Json]:
        """The receipts for what `who` signs."""
        body = self.signed(who, self.typed(message, *intended))
        answer = self.client.post(f"/submissions/{message}", json=body)
        assert answer.status_code == 202, answer.text
        return answer.json()["receipts"]

    def receipt(self, digest: str) -> Json:
        answer = self.client.get(f"/submissions/{digest}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def settled(self, receipts: list[Json], *ends: str) -> list[Json]:
        """The receipts once each is final or rejected, or as one of `ends` says."""
        wanted = ends or ("final", "rejected")
        deadline = time.monotonic() + PATIENCE
        while True:
            now = [self.receipt(receipt["id"]) for receipt in receipts]
            if all(receipt["status"] in wanted for receipt in now):
                return now
            assert time.monotonic() < deadline, now
            time.sleep(0.05)

    def new_item(self) -> str:
        return "0x" + self.world.new_item().hex()

    def taken_in(self, who: Signatory, count: int = 1) -> list[str]:
        """New items, recorded for good."""
        items = [self.new_item() for _ in range(count)]
        done = self.settled(self.submit(who, "intake", *({"item": item} for item in items)))
        assert {receipt["status"] for receipt in done} == {"final"}
        return items
