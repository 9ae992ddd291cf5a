"""What typed data shows reads back as the message it shows, and nothing else does."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.errors import FieldError
from provenance.model.messages import Hold, Intake, KeyGrant, Message, zero
from provenance.proofs.eip712 import message_json
from provenance.workflows.parsing import MESSAGES, read_message, read_value

MESSAGE = st.sampled_from(sorted(MESSAGES))


@given(MESSAGE)
def test_every_message_reads_back(name: str) -> None:
    message = zero(MESSAGES[name])
    assert read_message(MESSAGES[name], message_json(message)) == message


@given(MESSAGE, st.data())
def test_a_field_that_lacks_or_is_unknown_is_named(name: str, data: st.DataObject) -> None:
    shown = message_json(zero(MESSAGES[name]))
    label = data.draw(st.sampled_from(sorted(shown)))
    lacking = {other: value for other, value in shown.items() if other != label}
    with pytest.raises(FieldError, match=label):
        read_message(MESSAGES[name], lacking)
    with pytest.raises(FieldError, match="other"):
        read_message(MESSAGES[name], shown | {"other": "1"})


@given(
    MESSAGE,
    st.one_of(
        st.none(), st.floats(), st.lists(st.none(), min_size=1), st.just("0x1"), st.just("-1"), st.just("01")
    ),
)
def test_a_value_of_another_form_is_refused_by_name(name: str, value: object) -> None:
    of: type[Message] = MESSAGES[name]
    shown = message_json(zero(of))
    label = next(iter(shown))
    with pytest.raises(FieldError, match=label):
        read_message(of, shown | {label: value})


def test_numbers_beyond_their_type_are_refused() -> None:
    shown = message_json(zero(Intake))
    with pytest.raises(FieldError, match="seq is 65536"):
        read_message(Intake, shown | {"seq": 65536})
    with pytest.raises(FieldError, match="onHold"):
        read_message(Hold, message_json(zero(Hold)) | {"onHold": "true"})


def test_stages_roles_and_exceptions_may_be_named() -> None:
    assert read_value("stage", "uint8", "in repair") == 3
    assert read_value("stage", "uint8", "ResaleReady") == 7
    assert read_value("roles", "uint16", ["ADMIN", "intake"]) == 3
    assert read_value("exceptions", "uint16", ["damaged", "wrong serial"]) == 3
    with pytest.raises(FieldError, match="stage is lost"):
        read_value("stage", "uint8", "lost")
    assert len(fields(KeyGrant)) == 7
