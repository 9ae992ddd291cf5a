"""The answers that are kept as examples in the API's description, from a ledger played for them.

Run by `scripts/make-examples`; a test plays the same ledger and compares.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from disputed import dispute
from played import played, settings_in
from provenance_api.app import create_app

KEPT = Path(__file__).parents[2] / "api" / "provenance_api" / "examples.json"
ITEMS = 8
# Keys, salts and times are new in every ledger; all else follows from the repairs and the rules.
HEX = re.compile(r"0x[0-9a-f]+")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
COUNTED_BY_THE_CHAIN = {
    "as_of_block", "finalized_block", "block", "last_block", "log_index", "chain_head", "as_of_time", "next",
    "recorded", "last_time",
}  # fmt: skip

ORDERED_BY_ADDRESS = {"keys", "all_keys"}  # which is new in every ledger


@contextmanager
def ledger(folder: Path) -> Iterator[tuple[TestClient, str]]:
    """The API over a few repairs of which one is disputed; the id of that item."""
    with played(folder, ITEMS) as network:
        item, _ = dispute(network, folder)
    with TestClient(create_app(settings_in(folder))) as client:
        yield client, f"0x{item.hex()}"


def real_answers(client: TestClient, item: str) -> dict[str, dict[str, Any]]:
    """Answers by path and problems by status."""

    def get(path: str, status: int = 200) -> Any:
        answer = client.get(path)
        assert answer.status_code == status, answer.text
        return answer.json()

    history = get(f"/items/{item}/history")
    key = history["events"][0]["by"]["key"]
    partner = history["events"][0]["by"]["partner"]
    return {
        "answers": {
            "/healthz": get("/healthz"),
            "/ready": get("/ready"),
            "/status": get("/status"),
            "/items": get("/items?sort=title&limit=1&count=true"),
            "/items/{item}": get(f"/items/{item}"),
            "/items/{item}/history": history,
            "/items/{item}/events/{seq}": get(f"/items/{item}/events/2"),
            "/events": get(f"/events?item={item}&sort=oldest&limit=2"),
            "/challenges": get("/challenges"),
            "/holds": get("/holds"),
            "/counts": get("/counts"),
            "/flows": get("/flows"),
            "/partners": get("/partners?limit=2"),
            "/partners/{partner}": get(f"/partners/{partner}"),
            "/keys": get(f"/keys?partner={partner}&limit=2"),
            "/keys/{address}": get(f"/keys/{key}"),
            "/search": get(f"/search?q={history['item']['serial']}"),
            "/problems/{kind}": get("/problems/item-not-indexed"),
        },
        "problems": {
            "404": get("/items/NOSUCHSERIAL", 404),
            "422": get("/items?gtin=09521234543214", 422),
        },
    }


def masked(value: Any, name: str = "") -> Any:
    """The value without what is new in every ledger: hex keeps its length, the chain's counts their type alone."""
    if isinstance(value, dict):
        return {key: masked(part, key) for key, part in value.items()}
    if isinstance(value, list):
        parts = [masked(part, name) for part in value]
        return sorted(parts, key=json.dumps) if name in ORDERED_BY_ADDRESS else parts
    if name in COUNTED_BY_THE_CHAIN and value is not None:
        return type(value).__name__
    if isinstance(value, str):
        text = TIME.sub("(time)", HEX.sub(lambda found: f"(hex of {len(found[0])})", value))
        return re.sub(r"block \d+", "block (number)", text)
    return value


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made, ledger(Path(made)) as (found, disputed_item):
        document = real_answers(found, disputed_item)
    KEPT.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
    sys.stdout.write(f"{KEPT}: {KEPT.stat().st_size} bytes\n")
