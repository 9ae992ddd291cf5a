"""A real repair is played as a history that the rules allow, with an ending that its outcome decides."""

from itertools import pairwise

from provenance.interchange.ords import Outcome
from provenance.interchange.play import Actor, HandOver, Report, Step, TakeIn, steps
from provenance.interchange.sample import sample_repairs
from provenance.model.vocabulary import MOVES, ROLE_OF, Stage
from provenance.workflows.playing import PARTNERS

ENDINGS = {
    Outcome.FIXED: {Stage.RESOLD, Stage.REUSED},
    Outcome.REPAIRABLE: {Stage.STORED_FOR_ANALYSIS},
    Outcome.UNKNOWN: {Stage.STORED_FOR_ANALYSIS},
    Outcome.END_OF_LIFE: {Stage.RECYCLED, Stage.DISPOSED},
}
PLAYS = [(record, steps(record)) for record in sample_repairs(400)]


def stages(played: tuple[Step, ...]) -> list[Stage]:
    return [Stage.RECEIVED, *(step.stage for step in played if isinstance(step, Report))]


def test_an_item_gets_six_to_ten_events_and_begins_with_its_intake() -> None:
    for _, played in PLAYS:
        assert 6 <= len(played) <= 10
        assert isinstance(played[0], TakeIn)
        assert not any(isinstance(step, TakeIn) for step in played[1:])


def test_the_outcome_decides_the_ending_and_every_ending_occurs() -> None:
    for record, played in PLAYS:
        assert stages(played)[-1] in ENDINGS[record.outcome]
    assert {stages(played)[-1] for _, played in PLAYS} == set().union(*ENDINGS.values())


def test_material_recovery_comes_before_recycling() -> None:
    recycled = [stages(played) for _, played in PLAYS if stages(played)[-1] is Stage.RECYCLED]
    assert recycled
    assert all(found[-2] is Stage.MATERIAL_RECOVERY for found in recycled)


def test_every_move_is_in_the_table_of_moves() -> None:
    for _, played in PLAYS:
        for before, after in pairwise(stages(played)):
            assert after in MOVES[before]


def test_only_who_holds_the_item_acts_and_has_the_role_for_it() -> None:
    for _, played in PLAYS:
        holder = Actor.RETURNS
        for step in played:
            assert step.by == holder
            if isinstance(step, HandOver):
                assert step.to != holder
                holder = step.to
            if isinstance(step, Report):
                assert PARTNERS[step.by].roles & ROLE_OF[step.stage]


def test_the_same_row_is_played_the_same_way() -> None:
    assert [steps(record) for record, _ in PLAYS] == [played for _, played in PLAYS]


def test_every_event_says_what_of_it_is_made_up() -> None:
    for _, played in PLAYS:
        for step in played:
            made_up, audience = step.fields["madeUp"]
            assert made_up
            assert audience == "public"


def test_what_is_called_real_is_the_row_s_own() -> None:
    for record, played in PLAYS:
        said = {name: value for step in played for name, (value, _) in step.fields.items()}
        attempt = next(step for step in played if isinstance(step, Report) and step.stage is Stage.IN_REPAIR)
        assert attempt.fields["occurredAt"] == (record.day.isoformat(), "public")
        assert said["outcome"] == record.outcome.value
        assert said.get("problem") == record.problem
        assert said["category"] == record.category
