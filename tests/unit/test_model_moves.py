"""Every pair of stages, for every role: what a condition report may make of what."""

import re
from pathlib import Path

import pytest

from provenance.errors import ForbiddenMove, MissingRole
from provenance.model.events import Signer
from provenance.model.item import report, take_in
from provenance.model.messages import ConditionReport, Intake
from provenance.model.vocabulary import (
    ALL_ROLES,
    CBV,
    ENDED,
    HANDLERS,
    HELD,
    LEFT,
    MOVES,
    ROLE_OF,
    KeyKind,
    Role,
    Stage,
)
from provenance.model.words import Slot

SPEC = (Path(__file__).parents[2] / "contracts" / "SPEC.md").read_text(encoding="utf-8")
STAGES = [stage for stage in Stage if stage]
ITEM, BY = b"\1" * 32, b"\2" * 20
PARTNER, OTHER = 7, 8


def spec_name(stage: Stage) -> str:
    return "".join(word.capitalize() if word != "FOR" else "For" for word in stage.name.split("_"))


def stated_moves() -> dict[str, set[str]]:
    table = SPEC[SPEC.index("Moves by ConditionReport") : SPEC.index("Role of a stage:")]
    rows = re.findall(r"^\| (\w+) \| ([\w, ]+) \|$", table, re.MULTILINE)
    return {start: {end.strip() for end in ends.split(",")} for start, ends in rows}


def slot(stage: Stage, grade: int = 3) -> Slot:
    return Slot(bytes(26), 5, stage, False, grade, PARTNER if stage in HELD else 0)


def signer(roles: Role, partner: int = PARTNER) -> Signer:
    return Signer(BY, partner, roles, KeyKind.ACCOUNT)


def test_the_numbers_of_the_stages_are_those_of_the_specification():
    assert ", ".join(f"{stage.value} {spec_name(stage)}" for stage in STAGES) in " ".join(SPEC.split())


def test_the_moves_are_those_of_the_specification():
    extra = {spec_name(Stage.MISSING)}
    stated = stated_moves()
    assert set(stated) == {spec_name(stage) for stage in HELD}
    for stage in HELD:
        assert {spec_name(to) for to in MOVES[stage]} == stated[spec_name(stage)] | extra | {spec_name(stage)}


def test_held_left_and_ended_share_the_stages_among_them():
    assert [stage.value for stage in sorted(HELD)] == [1, 2, 3, 4, 6, 7, 11, 12]
    assert [stage.value for stage in sorted(LEFT)] == [8, 9, 10]
    assert [stage.value for stage in sorted(ENDED)] == [5, 13, 14]
    for stage in STAGES:
        assert (stage.is_held, stage.has_left, stage.has_ended).count(True) == 1


def test_every_stage_but_missing_takes_one_role_to_reach():
    assert set(ROLE_OF) == set(STAGES) - {Stage.MISSING}
    assert all(role in HANDLERS for role in ROLE_OF.values())
    assert HANDLERS == 126
    assert ALL_ROLES == 511


def test_every_stage_has_a_business_step_and_a_disposition():
    assert set(CBV) == set(STAGES)
    assert all(meaning.dispositions for meaning in CBV.values())
    extensions = {str(term) for m in CBV.values() for term in (m.step, *m.dispositions) if term.is_extension}
    assert extensions == {"oec:refurbishing", "oec:remanufacturing", "oec:recovery"}


@pytest.mark.parametrize("start", STAGES, ids=lambda stage: stage.name)
@pytest.mark.parametrize("end", STAGES, ids=lambda stage: stage.name)
def test_a_report_moves_an_item_exactly_as_the_table_says_for_exactly_the_role_it_says(start, end):
    message = ConditionReport(ITEM, 6, end, 3, 100)
    for role in Role:
        allowed = end in MOVES[start]
        enough = end in (start, Stage.MISSING) or role == ROLE_OF[end]
        if allowed and enough:
            left = report(slot(start), message, signer(role), 100)
            assert (left.stage, left.grade) == (end, 3)
            assert left.custodian == (PARTNER if end in HELD else 0)
            continue
        with pytest.raises(MissingRole if allowed else ForbiddenMove) as refused:
            report(slot(start), message, signer(role), 100)
        expected = (BY, role, ROLE_OF[end]) if allowed else (ITEM, start, end)
        assert refused.value.args == expected


@pytest.mark.parametrize("stage", list(Stage), ids=lambda stage: stage.name)
def test_an_item_is_taken_in_when_it_is_unknown_or_has_left_and_never_else(stage):
    before = slot(stage) if stage else None
    message = Intake(ITEM, 6 if stage else 1, 0, 100)
    if stage in LEFT or not stage:
        left = take_in(before, message, signer(Role.INTAKE), 100)
        assert (left.stage, left.grade, left.custodian) == (Stage.RECEIVED, 0, PARTNER)
        return
    with pytest.raises(ForbiddenMove) as refused:
        take_in(before, message, signer(ALL_ROLES), 100)
    assert refused.value.args == (ITEM, stage, 1)


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_taking_in_takes_the_role_intake_and_grading_inspector_too(role):
    if role != Role.INTAKE:
        with pytest.raises(MissingRole) as refused:
            take_in(None, Intake(ITEM, 1, 0, 100), signer(role | Role.INSPECTOR), 100)
        assert refused.value.needs == Role.INTAKE
    if role != Role.INSPECTOR:
        with pytest.raises(MissingRole) as refused:
            take_in(None, Intake(ITEM, 1, 2, 100), signer(role | Role.INTAKE), 100)
        assert refused.value.needs == Role.INSPECTOR


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
@pytest.mark.parametrize("stage", sorted(HELD), ids=lambda stage: stage.name)
def test_only_an_inspector_changes_the_grade(stage, role):
    message = ConditionReport(ITEM, 6, stage, 4, 100)
    if role == Role.INSPECTOR:
        assert report(slot(stage), message, signer(role), 100).grade == 4
        return
    with pytest.raises(MissingRole) as refused:
        report(slot(stage), message, signer(role), 100)
    assert refused.value.needs == Role.INSPECTOR
