"""Whatever is changed in a bundle is noticed, at the step that is there for it; what changes nothing verifies."""

from collections import Counter

import pytest

from attacks import verifiers
from attacks.corpus import CLASSES, MUST_VERIFY
from attacks.verifiers import Case, judge_javascript, judge_python
from vectors import make_bundles

FILES = verifiers.load_files()
CASES = FILES["corpus"]


@pytest.mark.parametrize("of", [*CLASSES, MUST_VERIFY])
def test_the_python_verifier_gives_each_case_its_verdict_at_its_step(of: str) -> None:
    cases = [case for case in CASES if case["class"] == of]
    wrong = [_told(case, got) for case in cases if (got := judge_python(case, FILES))[:2] != _expected(case)]
    assert not wrong


def test_the_browsers_verifier_gives_each_case_the_same_verdict_at_the_same_step() -> None:
    found = judge_javascript(CASES, FILES)
    assert len(found) == len(CASES)
    pairs = zip(CASES, found, strict=True)
    assert not [_told(case, got) for case, got in pairs if got[:2] != _expected(case)]


def test_every_class_of_attack_has_its_share_and_each_case_a_sentence_of_its_own() -> None:
    counted = Counter(case["class"] for case in CASES)
    assert set(counted) == {*CLASSES, MUST_VERIFY}
    assert min(counted.values()) >= 20
    assert len({case["name"] for case in CASES}) == len(CASES)


def test_every_step_refuses_something() -> None:
    assert {case["step"] for case in CASES if case["verdict"] == "rejected"} == set(range(1, 12))


def test_running_the_generator_again_gives_the_committed_bundles_and_corpus() -> None:
    made = make_bundles.files()
    committed = {path.name for path in make_bundles.FOLDER.glob("*.json")}
    assert committed == made.keys() | {"anvil.json", "trust-anvil.json"}
    differing = [
        name
        for name, text in made.items()
        if (make_bundles.FOLDER / name).read_text(encoding="utf-8") != text
    ]
    assert not differing


def _expected(case: Case) -> tuple[str, int | None]:
    return case["verdict"], case["step"]


def _told(case: Case, got: tuple[str, int | None, str | None]) -> str:
    return f"{case['class']}: {case['name']}: expected {_expected(case)}, got {got}"
