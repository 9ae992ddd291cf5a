"""Compiles the ledger's contracts through py-solc-x into the artifacts that the package ships.

Each contract is compiled by itself, from exactly the sources it imports: a change in one contract never
touches another's artifact. Sources are named as they are imported, never by where they lie, and the
metadata hash is left out of the code, so the bytes are the same in every folder, and a reworded comment
does not change the code hash that auditors pin.
"""

import argparse
import hashlib
import json
import posixpath
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import solcx
from solcx.exceptions import SolcError

ROOT = Path(__file__).resolve().parent.parent
ARTIFACTS = ROOT / "src" / "provenance" / "ledger" / "artifacts"
COMPILER = ROOT / "scripts" / "solc"
CONTRACTS = ("PartnerRegistry", "ProvenanceLedger", "Anchors")

RUNTIME_LIMIT = 24_576  # bytes, EIP-170
CREATION_LIMIT = 49_152  # bytes, EIP-3860

SETTINGS: dict[str, Any] = {
    "evmVersion": "cancun",  # the newest that every supported chain, the embedded one included, executes
    "metadata": {"appendCBOR": True, "bytecodeHash": "none"},
    "optimizer": {"enabled": True, "runs": 1_000_000},
    "viaIR": True,
}
OUTPUTS = [
    "abi",
    "storageLayout",
    "evm.bytecode.object",
    "evm.bytecode.linkReferences",
    "evm.deployedBytecode.object",
    "evm.deployedBytecode.immutableReferences",
]

IMPORT = re.compile(r"""^\s*import\s+(?:[^"';]*?\bfrom\s+)?["']([^"']+)["']""", re.MULTILINE)
AST_ID = re.compile(r"(?<=\))\d+")


class BuildError(Exception):
    """A contract that cannot be built, or not as it was committed; the message is one line."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/build-contracts", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with what is committed, write nothing")
    check = parser.parse_args().check
    try:
        # The compiler is a process of its own: threads suffice to run two at once.
        with ThreadPoolExecutor(max_workers=2) as pool:
            artifacts = dict(zip(CONTRACTS, pool.map(build, CONTRACTS), strict=True))
        for name, artifact in artifacts.items():
            print(size_line(name, artifact))
        for name, artifact in artifacts.items():
            refuse_oversize(name, artifact)
            if check:
                compare(name, artifact)
            else:
                write(name, artifact)
    except BuildError as problem:
        print(f"build-contracts: {problem}", file=sys.stderr)
        return 1
    return 0


def build(name: str) -> dict[str, Any]:
    """The artifact of one contract, every part of it independent of time, folder and other contracts."""
    unit = f"contracts/{name}.sol"
    sources = closure(unit)
    output = compile_sources(sources)
    contract = output["contracts"][unit][name]
    creation, runtime = contract["evm"]["bytecode"], contract["evm"]["deployedBytecode"]
    if creation["linkReferences"]:
        raise BuildError(f"{name} needs linking: make its library functions internal")
    return {
        "contract": name,
        "source": unit,
        "compiler": {"version": compiler_version(), "settings": SETTINGS},
        "sources": {path: hashlib.sha256(text.encode()).hexdigest() for path, text in sources.items()},
        "abi": contract["abi"],
        "bytecode": "0x" + creation["object"],
        "deployedBytecode": "0x" + runtime["object"],
        "immutableReferences": named_immutables(runtime["immutableReferences"], output["sources"]),
        "linkReferences": {},
        "storageLayout": without_ast_ids(contract["storageLayout"]),
    }


def closure(unit: str) -> dict[str, str]:
    """The unit's source and all that it imports, by the names under which they are imported."""
    found: dict[str, str] = {}
    waiting = [unit]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = read_source(name)
            waiting += [resolved(name, path) for path in IMPORT.findall(found[name])]
    return dict(sorted(found.items()))


def read_source(unit: str) -> str:
    folder = ROOT if unit.startswith(("contracts/", "tests/")) else ROOT / "node_modules"
    try:
        return (folder / unit).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BuildError(f"{unit} is imported and missing") from None


def resolved(importer: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), path)) if path[0] == "." else path


def compile_sources(sources: dict[str, str]) -> dict[str, Any]:
    request = {
        "language": "Solidity",
        "sources": {unit: {"content": text} for unit, text in sources.items()},
        "settings": SETTINGS | {"outputSelection": {"*": {"*": OUTPUTS, "": ["ast"]}}},
    }
    try:
        output: dict[str, Any] = solcx.compile_standard(request, solc_binary=COMPILER)
    except SolcError as problem:
        raise BuildError(compiler_messages(problem)) from None
    for warning in output.get("errors", []):
        # A library's own style is its keepers' business; ours must be spotless.
        if warning.get("sourceLocation", {}).get("file", "contracts/").startswith("contracts/"):
            raise BuildError(f"the compiler warns: {warning['formattedMessage']}")
    return output


def compiler_messages(problem: SolcError) -> str:
    """What the compiler says of the sources, or what it printed when it could not even run."""
    try:
        errors = json.loads(problem.stdout_data or "")["errors"]
        return "\n".join(error["formattedMessage"] for error in errors)
    except (TypeError, ValueError, KeyError):
        return str(problem)


def compiler_version() -> str:
    return str(solcx.wrapper.get_version_str_from_solc_binary(COMPILER))


def named_immutables(references: dict[str, list[dict[str, int]]], sources: dict[str, Any]) -> dict[str, Any]:
    """The places of each immutable in the runtime code, by variable instead of by the compiler's number."""
    names = {str(number): name for unit in sources.values() for number, name in immutables(unit["ast"])}
    return {
        names[number]: sorted(places, key=lambda place: place["start"])
        for number, places in references.items()
    }


def immutables(unit: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """(AST id, "Contract.variable") of each immutable declared in a source unit."""
    for contract in unit["nodes"]:
        for member in contract.get("nodes", []):
            if member.get("mutability") == "immutable":
                yield member["id"], f"{contract['name']}.{member['name']}"


def without_ast_ids(layout: dict[str, Any]) -> dict[str, Any]:
    """The storage layout without numbers that change with every edit of any source."""
    slots = [{key: value for key, value in slot.items() if key != "astId"} for slot in layout["storage"]]
    text = AST_ID.sub("", json.dumps({"storage": slots, "types": layout["types"] or {}}))
    cleaned: dict[str, Any] = json.loads(text)
    for kind in cleaned["types"].values():
        for member in kind.get("members", []):
            del member["astId"]
    return cleaned


def runtime_size(artifact: dict[str, Any]) -> int:
    return len(artifact["deployedBytecode"]) // 2 - 1


def creation_size(artifact: dict[str, Any]) -> int:
    return len(artifact["bytecode"]) // 2 - 1


def size_line(name: str, artifact: dict[str, Any]) -> str:
    runtime = runtime_size(artifact)
    return f"{name:<18}{runtime:>7,} bytes of {RUNTIME_LIMIT:,} ({runtime / RUNTIME_LIMIT:.0%})"


def refuse_oversize(name: str, artifact: dict[str, Any]) -> None:
    for part, size, limit in (
        ("runtime code", runtime_size(artifact), RUNTIME_LIMIT),
        ("creation code", creation_size(artifact), CREATION_LIMIT),
    ):
        if size > limit:
            raise BuildError(f"{name}: {part} has {size:,} bytes, {size - limit:,} more than a chain accepts")


def rendered(artifact: dict[str, Any]) -> str:
    return json.dumps(artifact, indent=1, sort_keys=True) + "\n"


def artifact_path(name: str) -> Path:
    return ARTIFACTS / f"{name}.json"


def write(name: str, artifact: dict[str, Any]) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    artifact_path(name).write_text(rendered(artifact), encoding="utf-8")


def compare(name: str, artifact: dict[str, Any]) -> None:
    path = artifact_path(name)
    shown = path.relative_to(ROOT)
    if not path.exists():
        raise BuildError(f"{shown} is missing: run scripts/build-contracts and commit the result")
    committed = path.read_text(encoding="utf-8")
    if committed != rendered(artifact):
        parts = differing(json.loads(committed), artifact)
        raise BuildError(
            f"{shown} is not what contracts/ compiles to ({', '.join(parts) or 'layout of the file'}): "
            "run scripts/build-contracts and commit the result"
        )


def differing(committed: dict[str, Any], built: dict[str, Any]) -> list[str]:
    return [key for key in sorted(committed.keys() | built.keys()) if committed.get(key) != built.get(key)]


if __name__ == "__main__":
    sys.exit(main())
