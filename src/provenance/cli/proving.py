"""Make proofs, attest blocks and pin deployments: `provenance prove`, `witness`, `trust make`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from provenance.cli.shared import DataOption, load, say
from provenance.errors import ConfigError, FieldError, InputError

if TYPE_CHECKING:
    from provenance.bootstrap import Reader
    from provenance.config import Settings
    from provenance.proofs.attestations import Attestation
    from provenance.proofs.bundle import ItemName
    from provenance.proofs.trust import TrustRoot

trust_app = typer.Typer(no_args_is_help=True, help="What whoever verifies pins.")

OutOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Where to write; standard output if not given."),
]
BlockOption = Annotated[
    int | None, typer.Option("--block", min=0, help="As of this block; the newest final one if not given.")
]


def prove(  # noqa: PLR0917 - a command's options
    items: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ITEM...]", help="Item ids, URIs or serial numbers; several go to a folder."),
    ] = None,
    output: OutOption = None,
    journal: Annotated[
        bool, typer.Option("--journal", help="Prove instead which records are all that the ledger has.")
    ] = False,
    block: BlockOption = None,
    audience: Annotated[
        str, typer.Option("--audience", help="Whose fields to show: public, partners or auditors.")
    ] = "public",
    attestation: Annotated[
        list[Path] | None,
        typer.Option("--attestation", metavar="FILE", help="A witness's word on the block; repeatable."),
    ] = None,
    data: DataOption = None,
) -> None:
    """Write a bundle that proves an item's whole history to anyone, offline; or the proof of the whole journal.

    An item that was never taken in gives the proof of just that.
    """
    from provenance import bootstrap
    from provenance.workflows import proving

    if journal == bool(items):
        raise ConfigError("give items, or --journal: one of them")
    settings, words = load(data=data), _attestations(attestation or [])
    with bootstrap.reading(settings) as reader:
        if journal:
            signatures = [word.by for word in words]
            lines = proving.prove_journal(
                reader.database, reader.gateway, block=_block_of(block, words), attestations=signatures
            )
            _write(output, lines)
            return
        names = [_name(reader, settings, asked) for asked in items or []]
        for asked, name in zip(items or [], names, strict=True):
            bundle = proving.prove(
                reader.database,
                reader.gateway,
                name,
                audience=audience,
                block=_block_of(block, words),
                attestations=[word.by for word in words],
            )
            _write(_file_of(output, name, len(names)), [proving.bundle_bytes(bundle)])
            say(f"{asked}: {len(bundle.events)} events and {len(bundle.challenges)} challenges proven")


def witness(
    key: Annotated[
        Path, typer.Option("--key", metavar="FILE", help="The witness's key file: see `provenance key new`.")
    ],
    block: BlockOption = None,
    output: OutOption = None,
    data: DataOption = None,
) -> None:
    """Sign which block your own node calls final: run it against a node that you operate (PROVENANCE_CHAIN).

    The password is asked for, or read from PROVENANCE_PASSWORD.
    """
    from provenance import bootstrap
    from provenance.cli.keystores import password
    from provenance.ledger.keystore import read_keystore
    from provenance.proofs.attestations import attest

    with closing(bootstrap.LedgerOpener(load(data=data))) as ledger:
        gateway = ledger()
        final = gateway.finalized()
        if final is None or (block is not None and block > final.number):
            newest = f"what is up to block {final.number}" if final else "no block yet"
            raise FieldError("block", block, f"this node calls final {newest}")
        found = final if block is None else gateway.block(block)
        if found is None:
            raise FieldError("block", block, "this node does not have it")
        chain_id = gateway.deployment.chain_id
    attestation = attest(read_keystore(key, password()), chain_id, found.number, found.hash)
    _write(output, [json.dumps(attestation.as_json(), indent=2).encode() + b"\n"])


@trust_app.command("make")
def trust_make(  # noqa: PLR0917 - a command's options
    deployment: Annotated[
        Path, typer.Option("--deployment", metavar="FILE", help="deployment.json: chain, addresses, block.")
    ],
    node: Annotated[
        str | None, typer.Option("--node", metavar="URL", help="Trust a node that you run.")
    ] = None,
    block: Annotated[
        str | None, typer.Option("--block", metavar="NUMBER:0xHASH", help="Trust one block that you know.")
    ] = None,
    witnesses: Annotated[
        list[str] | None, typer.Option("--witness", metavar="0xADDRESS", help="Trust witnesses; repeatable.")
    ] = None,
    threshold: Annotated[
        int, typer.Option("--threshold", min=1, help="How many of the witnesses must say the same.")
    ] = 1,
    refuse_wallets: Annotated[
        bool, typer.Option("--refuse-wallets", help="Reject histories that a contract wallet signed.")
    ] = False,
    several_operators: Annotated[
        bool, typer.Option("--several-operators", help="The chain is run by parties that check each other.")
    ] = False,
    output: OutOption = None,
) -> None:
    """Pin a deployment: the code hashes follow from the published artifacts, never from the chain judged by them."""
    from provenance.ledger.deployment import Deployment
    from provenance.workflows.trusting import pinned, trust_bytes

    root = _root(node, block, witnesses or [], threshold)
    trust = pinned(
        Deployment.load(deployment),
        root,
        accepts_wallets=not refuse_wallets,
        one_operator=not several_operators,
    )
    _write(output, [trust_bytes(trust)])


def _root(node: str | None, block: str | None, witnesses: list[str], threshold: int) -> TrustRoot:
    from provenance.proofs import reading
    from provenance.proofs.trust import BlockRoot, NodeRoot, WitnessRoot

    if sum(map(bool, (node, block, witnesses))) != 1:
        raise ConfigError("give one trust root: --node, --block, or --witness with --threshold")
    if node:
        return NodeRoot(node)
    if block:
        number, _, hash_ = block.partition(":")
        return BlockRoot(reading.decimal(number, "--block"), reading.word(hash_, "--block"))
    found = sorted({reading.address(witness.lower(), "--witness") for witness in witnesses})
    if threshold > len(found):
        raise FieldError("--threshold", threshold, f"there are {len(found)} witnesses")
    return WitnessRoot(threshold, tuple(found))


def _attestations(files: list[Path]) -> list[Attestation]:
    from provenance.proofs.attestations import Attestation

    found = [Attestation.from_bytes(file.read_bytes()) for file in files]
    if len({word.number for word in found}) > 1:
        raise InputError("the attestations are for several blocks: give those of one")
    return found


def _block_of(asked: int | None, words: list[Attestation]) -> int | None:
    """The block to prove: the one that the witnesses attest, where there are any."""
    if asked is None or not words or words[0].number == asked:
        return words[0].number if words else asked
    raise FieldError("block", asked, f"the attestations are for block {words[0].number}")


def _name(reader: Reader, settings: Settings, asked: str) -> ItemName:
    """The item meant. One that is not indexed can be named by its id, or by its URI where the network key is at hand."""
    from provenance import bootstrap
    from provenance.interchange.digital_link import parse_item_uri
    from provenance.model.ids import item_id, item_salt
    from provenance.proofs.bundle import ItemName
    from provenance.workflows import proving, tracing

    try:
        return proving.named(reader.database, tracing.find(reader.database, asked))
    except tracing.NotIndexedError:
        if ":" not in asked or not settings.keystore_file.exists():
            raise
    uri = parse_item_uri(asked).uri
    salt = item_salt(bootstrap.open_demo_keyring(settings).network_key, uri)
    return ItemName(item_id(salt, uri), uri, salt)


def _file_of(output: Path | None, name: ItemName, count: int) -> Path | None:
    if count == 1 and not (output and output.is_dir()):
        return output
    if output is None:
        raise ConfigError("several items are written to a folder: give it with --output")
    output.mkdir(parents=True, exist_ok=True)
    return output / f"{name.id.hex()}.json"


def _write(output: Path | None, parts: Iterable[bytes]) -> None:
    """Whole or not at all; the parts as they come."""
    if output is None:
        for part in parts:
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
        return
    unfinished = output.with_name(output.name + ".part")
    with unfinished.open("wb") as file:
        for part in parts:
            file.write(part)
    unfinished.replace(output)
