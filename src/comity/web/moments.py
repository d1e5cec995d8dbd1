"""Instants and days as people read them: in both capitals, with the month in words.

    23 November 2026, 10:41 in New Delhi · 00:11 in Washington

A month as a digit reads differently in the two governments, so none is ever shown as one.
The capitals' clocks come from the calendars that ship, as due dates do.

Deliberately not here: counting days (`core.clock`).
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from comity.core.clock import Calendar
from comity.core.keys import Name
from comity.tracks.calendars import CURRENT
from comity.web.words import word

MONTHS: Final = {
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    "hi": (
        *("जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून"),
        *("जुलाई", "अगस्त", "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर"),
    ),
}

CAPITALS: Final = {
    "New Delhi": Name("New Delhi", "नई दिल्ली"),
    "Washington": Name("Washington", "वाशिंगटन"),
}
"""The capitals of the calendars that ship; another one is shown as its calendar writes it."""

_MOMENT: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant or a day: as a machine reads it, and in words."""

    machine: str
    words: str


@dataclass(frozen=True, slots=True)
class Moments:
    """Writes moments for a reader, in the capitals of `parties`, the reader's own first."""

    language: str
    parties: tuple[str, ...]

    def at(self, at: datetime) -> Moment:
        """Return an instant in every capital; where none is known, in UTC."""
        found = list(_calendars(self.parties))
        machine = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if not found:
            return Moment(machine, f"{self._day(at.astimezone(UTC).date())}, {at.astimezone(UTC):%H:%M} UTC")
        said: list[str] = []
        day_before: date | None = None
        for calendar in found:
            there = in_capital(at, calendar)
            clock = word("in-capital", self.language, time=f"{there:%H:%M}", capital=self.capital(calendar))
            said.append(clock if there.date() == day_before else f"{self._day(there.date())}, {clock}")
            day_before = there.date()
        return Moment(machine, " · ".join(said))

    def day(self, on: date) -> Moment:
        """Return a day."""
        return Moment(on.isoformat(), self._day(on))

    def until(self, at: datetime, owner: str) -> Moment:
        """Return a due instant, the first that is too late: as the end of a day in its owner's capital."""
        calendar = next(_calendars((owner,)), None)
        if calendar is None:
            return self.at(at)
        on = in_capital(at - _MOMENT, calendar).date()
        said = [word("end-of-day", self.language, day=self._day(on), capital=self.capital(calendar))]
        for other in _calendars(party for party in self.parties if party != owner):
            there = in_capital(at, other)
            clock = word("in-capital", self.language, time=f"{there:%H:%M}", capital=self.capital(other))
            said.append(f"{self._day(there.date())}, {clock}")
        return Moment(at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), " · ".join(said))

    def capital(self, calendar: Calendar) -> str:
        """Return the capital's name in the reader's language."""
        name = CAPITALS.get(calendar.capital)
        return name.in_language(self.language) if name else calendar.capital

    def _day(self, on: date) -> str:
        return f"{on.day} {MONTHS[self.language][on.month - 1]} {on.year}"


def in_capital(at: datetime, calendar: Calendar) -> datetime:
    """Return what the capital's clocks show at the instant `at`."""
    index = max(0, bisect_right(calendar.offsets, at, key=lambda row: row.from_at) - 1)
    return at.astimezone(UTC) + timedelta(minutes=calendar.offsets[index].minutes_east)


def _calendars(parties: Iterable[str]) -> Iterator[Calendar]:
    """Yield the calendar that ships for each party, where one does."""
    for party in parties:
        found = next((one for name, one in CURRENT.items() if name.startswith(f"{party}/")), None)
        if found is not None:
            yield found
