"""One byte of a valid file changed, added, left out or doubled: the verifier must notice, or the value must be the same.

`scripts/fuzz-verifier --bytes COUNT [--seed N]` runs it for long, on both verifiers.
"""

import argparse
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from attacks.verifiers import BUNDLES, judged_lines, request_of
from provenance.proofs.reading import parse_json
from provenance.proofs.verdict import Verdict
from provenance.proofs.verifier import verify

BASES = ("life", "one-of-six", "wallet", "same-second", "withheld", "attested", "never")
_OUTSIDE_STRINGS = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')


@dataclass(frozen=True)
class Changed:
    """A file with one byte changed: how, and what it was."""

    base: str
    how: str
    original: bytes
    data: bytes


def originals() -> dict[str, bytes]:
    """Files as we write them, and one in which everything is escaped that can be."""
    found = {base: (BUNDLES / f"{base}.json").read_bytes() for base in BASES}
    escaped = json.dumps(json.loads(found["life"]), ensure_ascii=True).replace("/", "\\/")
    return found | {"life, escaped": escaped.encode()}


def changes(count: int, seed: int) -> Iterator[Changed]:
    """So many changes, the same ones for the same seed."""
    chance = random.Random(seed)
    files = originals()
    for _ in range(count):
        base = chance.choice(sorted(files))
        data = files[base]
        place = chance.randrange(len(data))
        how = chance.choice(("bit", "byte", "delete", "insert", "double"))
        yield Changed(base, how, data, _changed(data, place, how, chance))


def _changed(data: bytes, place: int, how: str, chance: random.Random) -> bytes:
    byte = data[place : place + 1]
    likely = chance.choice((b" \t\r\n", b'0123456789abcdefABCDEF"', bytes(range(256))))
    instead = {
        "bit": bytes([byte[0] ^ 1 << chance.randrange(8)]),
        "byte": bytes([chance.choice(likely)]),
        "delete": b"",
        "insert": bytes([chance.choice(likely)]) + byte,
        "double": byte * 2,
    }
    return data[:place] + instead[how] + data[place + 1 :]


def judge(changed: Changed, trust: bytes) -> str:
    """How the change fared: `rejected`, `cannot evaluate`, or for what reason it may be accepted.

    Raises AssertionError where it is accepted, and says something else than the original.
    """
    report = verify(changed.data, trust)
    if report.verdict is not Verdict.VERIFIED:
        return report.verdict.words
    return accepted_as(changed)


def accepted_as(changed: Changed) -> str:
    """What kind of a change left the value as it was. Raises AssertionError where the value is another."""
    told, original = parse_json(changed.data), parse_json(changed.original)
    assert _same(told, original), f"{changed.base}, {changed.how}: verified, and says something else"
    if changed.data == changed.original:
        return "the byte it was"
    if _without_blanks(changed.data) == _without_blanks(changed.original):
        return "whitespace between tokens"
    assert b"\\" in changed.original, "the only other way to write the same value is an escape"
    return "another escape of the same character"


def _same(one: Any, other: Any) -> bool:
    """Equal in value and type: to Python, true equals 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _without_blanks(data: bytes) -> str:
    return _OUTSIDE_STRINGS.sub(lambda found: found[1] or "", data.decode())


def tally(count: int, seed: int) -> Counter[str]:
    """How many of the changes fared how, by the Python verifier."""
    trust = (BUNDLES / "trust.json").read_bytes()
    return Counter(judge(changed, trust) for changed in changes(count, seed))


def tally_javascript(count: int, seed: int, at_once: int = 1000) -> Counter[str]:
    """The same by the browser's verifier, which must say what Python's says of each."""
    trust = (BUNDLES / "trust.json").read_bytes()
    found: Counter[str] = Counter()
    every = list(changes(count, seed))
    for start in range(0, count, at_once):
        some = every[start : start + at_once]
        lines = "".join(json.dumps(request_of(changed.data, trust)) + "\n" for changed in some)
        for changed, (verdict, step, reason) in zip(some, judged_lines(lines), strict=True):
            report = verify(changed.data, trust)
            ours = report.verdict.words, report.failed.value if report.failed else None
            assert (verdict, step) == ours, (
                f"{changed.base}, {changed.how}: {verdict}, {step} ({reason}), Python {ours}"
            )
            found[accepted_as(changed) if verdict == "verified" else verdict] += 1
    return found


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("count", type=int)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--javascript", action="store_true", help="both verifiers, compared")
    given = arguments.parse_args()
    found = (tally_javascript if given.javascript else tally)(given.count, given.seed)
    sys.stdout.write("".join(f"{count:>9} {fate}\n" for fate, count in found.most_common()))


if __name__ == "__main__":
    main()
