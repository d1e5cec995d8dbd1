"""How a command shows what it found: tables and sentences for people, JSON for programs.

Colour and progress only on a terminal. With `--json` one object goes to standard output and
nothing else; notes and faults go to standard error.

Deliberately not here: what is shown.
"""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime

import orjson
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table

from comity.core.errors import ComityError

console = Console(highlight=False, soft_wrap=True)
_errors = Console(stderr=True, highlight=False, soft_wrap=True)


def say(words: str) -> None:
    """Print a line. It is text, not markup: brackets stay brackets."""
    console.print(words, markup=False)


def heading(words: str) -> None:
    """Print a line that stands out on a terminal."""
    console.print(words, style="bold", markup=False)


def note(words: str) -> None:
    """Say something beside the result, on standard error."""
    _errors.print(words, markup=False)


def fault(error: ComityError) -> None:
    """Say what went wrong, with its code."""
    _errors.print(f"comity: {error} [{error.code}]", markup=False)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; on something that is no terminal without a frame, each row on a line of its own."""
    if not console.is_terminal:
        _lines(columns, list(rows))
        return
    shown = Table(title=title or None, title_justify="left")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(cell.replace("[", "\\[") for cell in row))
    console.print(shown)


def _lines(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows as lines that `grep` and `cut` find whole, however long."""
    widths = [max(map(cell_len, cells)) for cells in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        say("  ".join(set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip())


def as_json(value: object) -> None:
    """Print one JSON object."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    sys.stdout.write(text.decode() + "\n")


def when(at: datetime | None) -> str:
    """Return an instant for people: the month as a word, and UTC named."""
    return "—" if at is None else f"{at:%d %B %Y, %H:%M} UTC"


def progress(done: int, of: int, what: str) -> None:
    """Show how far long work has come: on a terminal only."""
    if _errors.is_terminal:
        _errors.print(f"{done} of {of} {what}", end="\r" if done < of else "\n", markup=False)
