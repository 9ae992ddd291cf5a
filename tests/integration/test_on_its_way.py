"""What was submitted but is not recorded yet is said to be on its way, never to be unknown."""

from collections.abc import Callable

import pytest

from provenance.interchange.digital_link import gs1_item
from provenance.store.database import Database
from provenance.store.names import ItemName, save_item_names
from provenance.store.submissions import Status, Submission, submit
from provenance.workflows import tracing
from provenance.workflows.tracing import NotIndexedError

ITEM, OTHER = bytes([7]) * 32, bytes([8]) * 32
URI = gs1_item("09521234543213", "ONITSWAY")


@pytest.fixture
def submitted(database: Database) -> Database:
    with database.writing() as connection:
        save_item_names(connection, [ItemName(ITEM, URI.uri, bytes(32), URI.gtin, URI.serial, True)])
        submit(connection, [Submission(ITEM, 1, "Intake", bytes(32))])
        submit(
            connection, [Submission(OTHER, 1, "Intake", bytes(32), status=Status.REJECTED, reason="Stale")]
        )
    return database


@pytest.mark.parametrize("asked", [URI.uri, f"https://brand.example{URI.path}", f"0x{ITEM.hex()}"])
@pytest.mark.parametrize("question", [tracing.show, tracing.history])
def test_an_item_that_was_submitted_is_on_its_way(
    submitted: Database, asked: str, question: Callable[[Database, bytes], object]
) -> None:
    with pytest.raises(NotIndexedError, match=r"it was submitted \(pending\) and is on its way") as caught:
        question(submitted, tracing.find(submitted, asked))
    assert caught.value.submitted == "pending"
    assert "as of block 0" in str(caught.value)


def test_an_item_that_was_rejected_or_never_submitted_is_not(submitted: Database) -> None:
    for item in (OTHER, bytes(32)):
        with pytest.raises(NotIndexedError, match="check what you typed") as caught:
            tracing.show(submitted, item)
        assert caught.value.submitted is None
