"""The compiled contracts, and the code that a deployment of them must have.

What is loaded here is what scripts/build-contracts made of contracts/: nobody needs a compiler to run
the project.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from provenance.errors import FieldError
from provenance.ledger.hexadecimal import from_hex

WORD = 32


@dataclass(frozen=True)
class Artifact:
    """One compiled contract.

    `runtime_template` is the deployed code with zeros where immutable variables go; `immutable_places` says
    where those are, in bytes from the start, by "Contract.variable". `storage_slots` holds the slot of each
    state variable. `compiler` is the exact version, `settings` what it was told, `sources` the SHA-256 of
    each source file in hex, by import name.
    """

    name: str
    abi: tuple[dict[str, Any], ...]
    creation_code: bytes
    runtime_template: bytes
    immutable_places: Mapping[str, tuple[int, ...]]
    storage_slots: Mapping[str, int]
    compiler: str
    settings: Mapping[str, Any]
    sources: Mapping[str, str]


@cache
def load(name: str) -> Artifact:
    """The artifact of `PartnerRegistry`, `ProvenanceLedger` or `Anchors`; FieldError for any other name."""
    file = files("provenance.ledger") / "artifacts" / f"{name}.json"
    if not file.is_file():
        raise FieldError("contract", name, "no such artifact; run scripts/build-contracts if it is new")
    document = json.loads(file.read_text(encoding="utf-8"))
    return Artifact(
        name=document["contract"],
        abi=tuple(document["abi"]),
        creation_code=from_hex(document["bytecode"]),
        runtime_template=from_hex(document["deployedBytecode"]),
        immutable_places={
            variable: tuple(place["start"] for place in places)
            for variable, places in document["immutableReferences"].items()
        },
        storage_slots={entry["label"]: int(entry["slot"]) for entry in document["storageLayout"]["storage"]},
        compiler=document["compiler"]["version"],
        settings=document["compiler"]["settings"],
        sources=document["sources"],
    )


def expected_runtime_code(artifact: Artifact, immutables: Mapping[str, bytes]) -> bytes:
    """The code that the contract has on a chain, computed without asking the chain.

    `immutables` gives each immutable variable its value as one 32-byte word, see
    `provenance.ledger.immutables`; FieldError if one is missing, unknown or of another length.
    """
    code = bytearray(artifact.runtime_template)
    for variable in artifact.immutable_places.keys() | immutables.keys():
        value = immutables.get(variable, b"")
        if variable not in artifact.immutable_places:
            raise FieldError("immutables", variable, f"{artifact.name} has no such immutable variable")
        if len(value) != WORD:
            raise FieldError(variable, value, f"{artifact.name} needs it as one word of {WORD} bytes")
        for start in artifact.immutable_places[variable]:
            code[start : start + WORD] = value
    return bytes(code)
