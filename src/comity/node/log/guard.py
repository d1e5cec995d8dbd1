"""The database's own refusal to rewrite the record.

Triggers on every table of the record refuse UPDATE and DELETE, and an INSERT whose key is
already there: SQLite's INSERT OR REPLACE deletes the old row without asking the DELETE
trigger unless `recursive_triggers` is on, and a connection that is not ours may have it
off. Django's remaking of an SQLite table drops its triggers, so they are put back after
every migration, and `missing` is what `doctor` and a test ask.

Deliberately not here: PostgreSQL's form of the same (it comes with that database).
"""

from typing import Final

from django.db import connections

_KEYS: Final = {
    "node_entry": (("id",), ("log", '"index"'), ("log", "hash")),
    "node_tile": (("id",), ("log", "level", '"index"')),
    "node_slot": (("id",), ("pairing", '"case"', "party", "n"), ("hash",)),
    "node_verdict": (("id",), ("pairing", "turn")),
    "node_receipt": (("item",),),
    "node_witnessed": (("id",),),
    "node_told": (("id",), ("turn", "kind")),
    "node_evidence": (("id",),),
    "node_tablekept": (("hash",),),
}
"""Each table of the record, with every set of columns that names a row: a test holds them to the models."""


def install(alias: str) -> None:
    """Put every trigger in place."""
    with connections[alias].cursor() as cursor:
        for table in _KEYS:
            for name, body in _triggers(table):
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                cursor.execute(body)


def missing(alias: str) -> list[str]:
    """Return the names of the triggers that are not in place; empty when all is well."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        present = {row[0] for row in cursor.fetchall()}
    return sorted(name for table in _KEYS for name, _ in _triggers(table) if name not in present)


def _triggers(table: str) -> list[tuple[str, str]]:
    refuse = f"SELECT RAISE(ABORT, '{table} is append-only')"
    there = " OR ".join(_exists(table, key) for key in _KEYS[table])
    update, delete, insert = (f"{table}_no_{act}" for act in ("update", "delete", "replace"))
    return [
        (update, f"CREATE TRIGGER {update} BEFORE UPDATE ON {table} BEGIN {refuse}; END"),
        (delete, f"CREATE TRIGGER {delete} BEFORE DELETE ON {table} BEGIN {refuse}; END"),
        (insert, f"CREATE TRIGGER {insert} BEFORE INSERT ON {table} WHEN {there} BEGIN {refuse}; END"),
    ]


def _exists(table: str, key: tuple[str, ...]) -> str:
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    return f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608  # our own names
