"""The calendars that ship with Comity, each version a file of canonical JSON beside this one.

A node keeps and uses calendars by their hash, because an annex names the hash: a new
version is a new file, and an old file is never edited. `CURRENT` is only the proposal
for the next annex.

Deliberately not here: how days are counted (`comity.core.clock`), and any calendar that
a peer has signed (the instrument brings it).
"""

from importlib import resources
from typing import Final

from comity.core.clock import Calendar, calendar_hash, parse_calendar


def _read() -> dict[str, Calendar]:
    files = sorted(resources.files(__name__).iterdir(), key=lambda file: file.name)
    found = [parse_calendar(file.read_bytes()) for file in files if file.name.endswith(".json")]
    return {calendar_hash(calendar): calendar for calendar in found}


def _newest(calendars: dict[str, Calendar]) -> dict[str, Calendar]:
    return {calendar.id: calendar for calendar in sorted(calendars.values(), key=lambda one: one.version)}


CALENDARS: Final = _read()
"""By hash: every version of every calendar that ships here."""

CURRENT: Final = _newest(CALENDARS)
"""By id (`IN/central-government`, `US/federal`): the newest version of each."""
