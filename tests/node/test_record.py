"""The record is appended to and never rewritten: the database itself refuses, whoever asks."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.db import DatabaseError, connections, models

from comity.cli import stories
from comity.node import doctoring, founding
from comity.node import models as tables
from comity.node.log import guard
from comity.node.models import LOCAL
from comity.node.peers import desk

if TYPE_CHECKING:
    from tests.node.conftest import Hand, Pair, Stage

    from comity.node.node import Node

RECORD = sorted(guard._KEYS)


@pytest.fixture
def node(agreed: "Pair", played: "Stage", hand: Callable[[str], "Hand"]) -> "Node":
    """A node with at least one row in every table of the record."""
    india = hand("IN")
    case = stories.notify(
        played, agreed.memorandum, stories.notification(played, 1, "Ephedrine", "299-42-3", "1")
    )
    founding.keep_tables(agreed.two)
    assert desk.tell(agreed.two, agreed.id) > 0
    tables.Tile.objects.using(agreed.two.alias).create(log=LOCAL, level=8, index=0, hash=b"a tile")
    agreed.deliver()
    india.send(india.seal(india.turn(case, "withdraw", by=1)))
    india.send(india.seal(india.turn(case, "withdraw", by=2)))
    return agreed.two


def model_of(table: str) -> type[models.Model]:
    return next(model for model in apps.get_models() if model._meta.db_table == table)


def rows(node: "Node", table: str) -> list[tuple]:
    with connections[node.alias].cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3")
        return list(cursor.fetchall())


@pytest.fixture(params=RECORD)
def table(request: pytest.FixtureRequest, node: "Node") -> Iterator[str]:
    """Each table of the record: it has a row before, and the same rows afterwards."""
    before = rows(node, request.param)
    assert before
    yield request.param
    assert rows(node, request.param) == before


def test_the_record_is_every_table_but_those_that_are_meant_to_change() -> None:
    changing = {"Pairing", "Head", "Body", "Docket", "Outbox", "Officer", "Tenure"}
    kept = {model._meta.db_table for model in apps.get_app_config("node").get_models()}
    assert kept - set(RECORD) == {f"node_{name.lower()}" for name in changing}


def test_the_orm_can_neither_change_nor_remove_a_row(node: "Node", table: str) -> None:
    every = model_of(table)._default_manager.using(node.alias)
    row = every.first()
    assert row is not None
    plain = next(f.name for f in row._meta.concrete_fields if not f.primary_key and not f.is_relation)
    with pytest.raises(DatabaseError, match="append-only"):
        every.update(**{plain: getattr(row, plain)})
    with pytest.raises(DatabaseError, match="append-only"):
        every.bulk_update([row], [plain])
    with pytest.raises(DatabaseError, match=r"append-only|protected"):
        every.all().delete()
    with pytest.raises(DatabaseError, match="append-only"):
        row.save(using=node.alias, force_update=True)


def test_raw_sql_can_neither_change_nor_remove_a_row(node: "Node", table: str) -> None:
    column = model_of(table)._meta.concrete_fields[-1].column
    with connections[node.alias].cursor() as cursor:
        for sql in (
            f'UPDATE {table} SET "{column}" = "{column}"',
            f'UPDATE OR REPLACE {table} SET "{column}" = "{column}"',
            f"DELETE FROM {table}",
        ):
            with pytest.raises(DatabaseError, match="append-only"):
                cursor.execute(sql)


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_no_insert_goes_past_the_triggers_by_replacing(node: "Node", table: str, recursive: str) -> None:
    """From a connection that is not ours, with whatever pragmas it likes."""
    with closing(sqlite3.connect(node.path / "node.sqlite3", isolation_level=None)) as raw:
        raw.execute(f"PRAGMA recursive_triggers={recursive}")
        names = [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]
        quoted = ", ".join(f'"{name}"' for name in names)
        upsert = f'ON CONFLICT DO UPDATE SET "{names[-1]}" = excluded."{names[-1]}"'
        for sql in (
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
            f"REPLACE INTO {table} SELECT * FROM {table}",
            f"INSERT INTO {table} ({quoted}) SELECT {quoted} FROM {table} WHERE true {upsert}",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                raw.execute(sql)


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_no_unique_name_of_a_row_can_be_taken_by_another(node: "Node", table: str, recursive: str) -> None:
    """A row that is new by its first key but not by another may not push the old one out."""
    with closing(sqlite3.connect(node.path / "node.sqlite3", isolation_level=None)) as raw:
        raw.execute(f"PRAGMA recursive_triggers={recursive}")
        names = [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]
        for columns in unique_keys(table):
            others = [name for name in names if name not in columns]
            changed = {name: f"'{index}'" for index, name in enumerate(others, 900_000)}
            chosen = ", ".join(changed.get(name, f'"{name}"') for name in names)
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                raw.execute(f"INSERT OR REPLACE INTO {table} SELECT {chosen} FROM {table} LIMIT 1")


def unique_keys(table: str) -> set[tuple[str, ...]]:
    """Every set of columns that names a row, as the model has them."""
    meta = model_of(table)._meta
    columns = {field.name: str(field.column) for field in meta.concrete_fields}
    constraints = [c for c in meta.constraints if isinstance(c, models.UniqueConstraint)]
    together = {tuple(columns[name] for name in constraint.fields) for constraint in constraints}
    return together | {(str(field.column),) for field in meta.concrete_fields if field.unique}


def test_the_triggers_know_every_name_of_a_row() -> None:
    for table, keys in guard._KEYS.items():
        assert {tuple(column.strip('"') for column in key) for key in keys} == unique_keys(table)


def test_every_trigger_is_there_after_the_last_migration_and_after_another(node: "Node") -> None:
    assert guard.missing(node.alias) == []
    founding.migrate(node.path)
    assert guard.missing(node.alias) == []
    assert all(check.ok for check in doctoring.examine(node) if check.name in ("append-only", "tables"))


def test_a_table_that_is_remade_gets_its_triggers_back(node: "Node") -> None:
    """Django remakes an SQLite table to change a column, and its triggers go with the old one."""
    connection = connections[node.alias]
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys=OFF")
    with connection.schema_editor() as editor:
        editor._remake_table(tables.Verdict)  # type: ignore[attr-defined]
    assert [name for name in guard.missing(node.alias) if "verdict" in name]
    founding.migrate(node.path)
    assert guard.missing(node.alias) == []
    with pytest.raises(DatabaseError, match="append-only"):
        tables.Verdict.objects.using(node.alias).update(code="x")


def test_the_doctor_notices_a_trigger_that_somebody_dropped(node: "Node") -> None:
    for name in ("node_entry_no_update", "node_slot_no_replace", "node_verdict_no_delete"):
        with connections[node.alias].cursor() as cursor:
            cursor.execute(f"DROP TRIGGER {name}")
        assert name in guard.missing(node.alias)
    (check,) = (check for check in doctoring.examine(node) if check.name == "append-only")
    assert not check.ok
    assert "3 triggers missing" in check.words
    assert check.fix


def test_the_doctor_notices_an_entry_that_was_changed_behind_the_triggers(node: "Node") -> None:
    with closing(sqlite3.connect(node.path / "node.sqlite3", isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER node_entry_no_update")
        raw.execute('UPDATE node_entry SET leaf = zeroblob(32) WHERE "index" = 1')
    (check,) = (check for check in doctoring.examine(node) if check.name == "logs")
    assert not check.ok
    assert check.fix
