"""Writes the files from which the fuzzing starts: what is valid, what the corpus makes of it, and trie nodes alone."""

import json
import sys
from pathlib import Path

from attacks.edits import applied

BUNDLES = Path(__file__).parents[1] / "vectors" / "bundles"
BUNDLE, TRUST, ATTESTATION, RLP, TRIE, JSON = 0, 3, 4, 5, 6, 7
"""The byte that chooses the target (`harness.TARGETS`)."""


def write(folder: Path) -> None:
    files = {path.stem: json.loads(path.read_bytes()) for path in BUNDLES.glob("*.json")}
    seeds: list[tuple[int, bytes]] = []
    for name, value in files.items():
        if name != "corpus":
            target = TRUST if name.startswith("trust") else BUNDLE
            seeds.append((target, json.dumps(value).encode()))
    for case in files["corpus"]:
        seeds.append((BUNDLE, applied(files[case["bundle"]], case["edits"])))
        if case["trustEdits"]:
            seeds.append((TRUST, applied(files[case["trust"]], case["trustEdits"])))
        for given in case["options"].get("attestations", ()):
            seeds.append((ATTESTATION, json.dumps(given).encode()))
    nodes = [bytes.fromhex(node[2:]) for node in files["life"]["nodes"]]
    seeds += [(RLP, node) for node in nodes] + [(RLP, bytes.fromhex(files["life"]["header"][2:]))]
    seeds.append((TRIE, b"".join(len(node).to_bytes(2, "big") + node for node in nodes)))
    seeds.append((JSON, json.dumps(files["single"]).encode()))
    folder.mkdir(parents=True, exist_ok=True)
    for number, (target, data) in enumerate(seeds):
        (folder / f"{number:04}").write_bytes(bytes([target]) + data)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
