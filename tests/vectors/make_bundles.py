"""Writes `bundles/`: valid bundles of a real chain, and the corpus of attacks on them. Run again it writes the same bytes.

`scripts/make-bundles --anvil` also proves one bundle on anvil anew; as anvil's clock is its own, that file changes with
each such run and is otherwise left as it is.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from attacks import attacks_by_colluders, attacks_on_form, attacks_on_signers, attacks_on_state
from attacks.corpus import Corpus
from attacks.edits import text_of
from attacks.forging import Forger
from attacks.story import Story, attested, opened, story_on, tell_all, tell_long_life, tell_single
from ledger.world import World
from provenance.ledger.anvil import run_anvil
from provenance.ledger.chain import connect
from provenance.proofs.bundle import Bundle
from provenance.store.database import open_database

FOLDER = Path(__file__).parent / "bundles"
AUDITED = "withheld-from-nobody"


def files() -> dict[str, str]:
    """Every file that does not come from anvil, by its name."""
    with TemporaryDirectory() as folder, opened() as story:
        second = open_database(f"sqlite:///{folder}/twin.db")
        try:
            return _files(story, second)
        finally:
            second.close()


def _files(story: Story, second: Any) -> dict[str, str]:
    twin = Story(World(story.world.chain), second)
    tell_single(twin)
    tell_all(story)
    twin.save()
    proven = _proven(story) | {"twin": twin.prove("single")}
    bundles = {name: _plain(bundle) for name, bundle in proven.items() if name not in _HELPERS}
    roots = story.roots(proven["life"])
    trusts = {
        "trust": story.trust(roots["block"]).as_json(),
        "trust-witnesses": story.trust(roots["witnesses"], one_operator=False).as_json(),
        "trust-node": story.trust(roots["node"]).as_json(),
    }
    bundles |= {"anvil": {}} if (FOLDER / "anvil.json").exists() else {}
    trusts |= {"trust-anvil": {}} if (FOLDER / "trust-anvil.json").exists() else {}
    corpus = Corpus(story, twin, proven, bundles, trusts, Forger.of(story, *_wallets(proven)))
    for attack in ATTACKS:
        attack(corpus)
    made = {f"{name}.json": text_of(value) for name, value in (bundles | trusts).items() if value}
    return made | {"corpus.json": _lines(corpus.cases)}


ATTACKS = (
    attacks_on_form.parser,
    attacks_on_form.events,
    attacks_on_form.fields,
    attacks_on_signers.signatures,
    attacks_on_signers.keys,
    attacks_on_state.nodes,
    attacks_on_state.header,
    attacks_on_state.others,
    attacks_on_signers.witnesses,
    attacks_by_colluders.forgeries,
    attacks_by_colluders.must_verify,
)
_HELPERS = {"life-before", "twin"}
"""Bundles that attacks borrow from and that are no vectors themselves."""


def _proven(story: Story) -> dict[str, Bundle]:
    proven = {name: story.prove(name) for name in story.items}
    block = story.world.gateway.head().number
    return proven | {
        AUDITED: story.prove("withheld", audience="auditors"),
        "attested": attested(proven["revoked"]),
        "life-before": story.prove("life", block=block - 20),
    }


def _wallets(proven: dict[str, Bundle]) -> Iterator[bytes]:
    yield proven["wallet"].events[0].signed.key


def _plain(bundle: Bundle) -> Any:
    return json.loads(json.dumps(bundle.as_json()))


def _lines(cases: list[Any]) -> str:
    """One case a line: differences are read by people."""
    return "[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n"


def files_of_anvil() -> dict[str, str]:
    """A bundle that anvil proves, and the trust file that pins its block."""
    with (
        run_anvil() as anvil,
        TemporaryDirectory() as folder,
        story_on(connect(anvil.url), Path(folder)) as story,
    ):
        tell_long_life(story)
        story.save()
        # Anvil calls a block final only when many have followed.
        bundle = attested(story.prove("life", block=story.world.gateway.head().number))
        trust = replace(story.trust(story.roots(bundle)["block"]))
        return {"anvil.json": text_of(bundle.as_json()), "trust-anvil.json": text_of(trust.as_json())}


def write(folder: Path, made: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if "--anvil" in sys.argv:
        write(FOLDER, files_of_anvil())
    write(FOLDER, files())
