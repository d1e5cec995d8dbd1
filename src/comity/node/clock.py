"""The clock of a node: the system's, and for an exercise a set number of days ahead.

A node made for an exercise may move its clock forward (so that a demonstration need not
wait three weeks); a node for real work may not, and `doctor` looks. Deliberately not here:
calendars and due dates (`core.clock`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from comity.core.errors import ComityError

OFFSET_FILE = "exercise-clock-days"


class Clock(Protocol):
    """Tells the time. Every test hands in its own."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class ExerciseClock:
    """The machine's clock plus the days that stand in a file of the node's directory."""

    directory: Path

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=self.days())

    def days(self) -> int:
        """Return by how many days the exercise is ahead."""
        path = self.directory / OFFSET_FILE
        return int(path.read_text()) if path.exists() else 0

    def advance(self, days: int) -> None:
        """Move the exercise forward; never back, for what was said stays said."""
        if days < 0:
            raise ComityError(f"the exercise clock only goes forward, got {days} days")
        (self.directory / OFFSET_FILE).write_text(str(self.days() + days))
