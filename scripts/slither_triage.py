"""Compares what slither found with what has been explained, one by one, and fails on any difference.

A finding is known by its detector and its text without places in files: moving code keeps an explanation,
a new comparison in an explained function needs a new one, and an explanation of nothing must go.
"""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

PLACE = re.compile(r" \([^()]*\.sol#[\d-]+\)")


class Finding(NamedTuple):
    detector: str
    text: str


def main(report: Path, triage: Path) -> int:
    found = {as_finding(raw) for raw in json.loads(report.read_text())["results"].get("detectors", [])}
    explained = explanations(tomllib.loads(triage.read_text()))
    for finding in sorted(found - explained):
        print(f"slither: not explained: {finding.detector}: {finding.text}", file=sys.stderr)
    for finding in sorted(explained - found):
        print(f"slither: explained, but found no more: {finding.detector}: {finding.text}", file=sys.stderr)
    if found != explained:
        print(f"slither: fix it, or give the reason in {triage.name}", file=sys.stderr)
        return 1
    print(f"slither: {len(found)} findings, each explained in {triage.name}")
    return 0


def as_finding(raw: dict[str, Any]) -> Finding:
    head, *rest = (PLACE.sub("", line).strip(" \t-:") for line in raw["description"].strip().splitlines())
    # Slither lists the places of one finding in no fixed order.
    return Finding(raw["check"], "; ".join([head, *sorted(rest)]))


def explanations(document: dict[str, Any]) -> set[Finding]:
    """The explained findings; SystemExit where one has no reason or is explained twice."""
    findings: list[Finding] = []
    for entry in document["explained"]:
        if not entry["reason"].strip():
            raise SystemExit(f"slither: {entry['detector']}: an explanation needs a reason")
        findings += [Finding(entry["detector"], text) for text in entry["findings"]]
    if len(findings) != len(set(findings)):
        raise SystemExit("slither: a finding is explained twice")
    return set(findings)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
