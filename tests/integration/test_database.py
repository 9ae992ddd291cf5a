"""A database that any version wrote is brought to this version's tables, and nothing that is kept is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from provenance.errors import StoreError
from provenance.store import migrating, schema
from provenance.store.database import Database, open_database
from provenance.store.names import PartnerName, save_partner_names

NAME = PartnerName(bytes(32), "Sample Workshop", "repairs", True)


def save_name(database: Database) -> None:
    with database.writing() as connection:
        save_partner_names(connection, [NAME])


def names(database: Database) -> list[str]:
    with database.reading() as connection:
        return [row.name for row in connection.execute(schema.partner_names.select())]


def test_the_migrations_make_exactly_the_tables_that_are_kept(database: Database) -> None:
    ours = {"include_name": lambda name, kind, _: kind != "table" or name in schema.kept.tables}
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=ours), schema.kept) == []


def test_the_newest_migration_is_the_one_that_opening_looks_for() -> None:
    assert ScriptDirectory(str(migrating.MIGRATIONS)).get_heads() == [migrating.NEWEST]


def test_a_database_from_before_migrations_keeps_what_is_kept(new_database_url: Callable[[], str]) -> None:
    url = new_database_url()
    engine = create_engine(url)
    schema.kept.create_all(engine)
    engine.dispose()
    for _ in range(2):
        opened = open_database(url)
        save_name(opened)
        assert names(opened) == [NAME.name]
        opened.close()


def test_an_index_of_another_shape_is_made_anew_and_what_is_kept_stays(
    new_database_url: Callable[[], str],
) -> None:
    url = new_database_url()
    opened = open_database(url)
    save_name(opened)
    with opened.writing() as connection:
        connection.exec_driver_sql("DROP TABLE signatures")
        connection.exec_driver_sql("CREATE TABLE signatures (other INTEGER)")
        connection.execute(schema.index_shape.update().values(shape="another"))
    opened.close()
    again = open_database(url)
    with again.reading() as connection:
        assert migrating.is_current(connection)
        assert connection.execute(schema.signatures.select()).all() == []
    assert names(again) == [NAME.name]
    again.close()


def test_opening_again_changes_nothing(new_database_url: Callable[[], str]) -> None:
    url = new_database_url()
    for _ in range(2):
        opened = open_database(url)
        with opened.reading() as connection:
            assert migrating.is_current(connection)
        opened.close()


def test_a_later_version_s_database_is_refused_by_name(new_database_url: Callable[[], str]) -> None:
    url = new_database_url()
    opened = open_database(url)
    with opened.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    opened.close()
    with pytest.raises(StoreError, match=r"another version.*9999"):
        open_database(url)


def test_a_database_that_cannot_be_reached_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be opened|failed"):
        open_database(f"postgresql+psycopg://postgres@/none?host={tmp_path}")


@pytest.mark.parametrize("scheme", ["nosuch", "postgresql+psycopg"])
def test_a_database_that_cannot_be_opened_keeps_its_password_out_of_the_message(scheme: str) -> None:
    with pytest.raises(StoreError, match=r"cannot be opened|failed") as refused:
        open_database(f"{scheme}://keeper:hunter2@127.0.0.1:1/ledger")
    assert "hunter2" not in str(refused.value)


def test_submissions_of_the_version_before_are_kept(new_database_url: Callable[[], str]) -> None:
    url = new_database_url()
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(migrating.MIGRATIONS))
        config.set_main_option("path_separator", "os")
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO submissions (item, seq, kind, details, status) VALUES ('i', 1, 'Intake', 'd', 'sent')"
            if connection.dialect.name == "sqlite"
            else "INSERT INTO submissions (item, seq, kind, details, status) "
            "VALUES ('i'::bytea, 1, 'Intake', 'd'::bytea, 'sent')"
        )
    engine.dispose()
    opened = open_database(url)
    with opened.reading() as connection:
        (row,) = connection.execute(schema.submissions.select()).all()
    opened.close()
    assert (row.seq, row.kind, row.status, row.digest, row.disputes) == (1, "Intake", "sent", None, False)
