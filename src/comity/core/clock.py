"""Clocks: the working days of an office, its calendar, and when an answer is due.

A calendar is signed, versioned data: rest days of the week, holidays, and the offsets
of the capital from UTC, so that "the end of the day in the owner's capital" needs no
time-zone database. Everything is a function of values; time is an argument.

The rules, once:

- The day on which a clock starts is not counted. A clock is due at the end (24:00) of
  the last counted day in the capital.
- `calendar-days` counts every day and shifts nothing. `working-days` counts the days
  that are neither a rest day of the week nor a holiday of the table.
- A day is used up only if the clock ran through the whole of it. The days of start,
  pause and resumption are therefore never counted: a paused clock costs its owner
  nothing. A pause of no length is no pause.
- Outside the years of its table a calendar still skips rest days, and the answer says
  that the holidays of that year are not known.

Deliberately not here: who owns a clock and what its silence means (`procedure`, and the
annex of the instrument), the present time, and any holiday (those are data).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal, TypeVar

from comity.core import canonical, fields
from comity.core.errors import Malformed

Counting = Literal["calendar-days", "working-days"]
Interval = tuple[datetime, datetime | None]

COUNTINGS: Final = ("calendar-days", "working-days")
DAYS_MAX: Final = 3660
DUES_REMEMBERED: Final = 4096
"""A day's cases start in the same seconds, and every write asks again when they are due."""
YEAR_MIN: Final = 1970
YEAR_MAX: Final = 2999
OFFSET_MINUTES_MAX: Final = 18 * 60

_DAY: Final = timedelta(days=1)
_Ordered = TypeVar("_Ordered", date, int)
_KEYS: Final = frozenset(
    (
        "capital",
        "format",
        "holidays",
        "id",
        "offsets",
        "rest-weekdays",
        "source",
        "verified",
        "version",
        "years",
    )
)
_FORMAT: Final = "comity/calendar/v1"
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which the offices are closed; `verified` if a law or rule fixes it, not only a list."""

    on: date
    name: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Offset:
    """From the UTC instant `from_at` on, the capital's clocks are `minutes_east` of UTC."""

    from_at: datetime
    minutes_east: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of one government, as one version of a table.

    `years` are those whose holidays the table means to hold in full; a holiday may also
    stand in another year, and is then skipped, but the year stays outside the table.
    `rest_weekdays`: Monday is 0. `holidays` are sorted by day, `offsets` by instant;
    before the first offset the first holds, after the last the last.
    """

    id: str
    version: int
    years: tuple[int, ...]
    rest_weekdays: tuple[int, ...]
    holidays: tuple[Holiday, ...]
    offsets: tuple[Offset, ...]
    capital: str
    source: str
    verified: bool

    def __hash__(self) -> int:
        """By name: the whole table is compared only where two have one."""
        return hash((self.id, self.version))


@dataclass(frozen=True, slots=True)
class Due:
    """When an answer is due, and why then.

    `at` is the first UTC instant that is too late: 24:00 of the day `on` in the capital.
    `skipped` are the holidays that moved it. `outside_table`: a year that was counted is
    not in the calendar's table. `words` says all of this in one English line.
    """

    at: datetime
    on: date
    outside_table: bool
    skipped: tuple[Holiday, ...]
    words: str


# ------------------------------------------------------------------- the calendar as bytes


def parse_calendar(text: bytes) -> Calendar:
    """Return the calendar that `text` spells, in canonical JSON; raise `Malformed` otherwise."""
    value = canonical.parse(text)
    fields.only(value, _KEYS, "calendar")
    fields.choice(value, "format", (_FORMAT,))
    calendar = Calendar(
        id=fields.text(value, "id"),
        version=fields.integer(value, "version", least=1),
        years=_integers(value, "years"),
        rest_weekdays=_integers(value, "rest-weekdays"),
        holidays=tuple(_parse_holiday(item) for item in fields.objects(value, "holidays")),
        offsets=tuple(_parse_offset(item) for item in fields.objects(value, "offsets")),
        capital=fields.text(value, "capital"),
        source=fields.text(value, "source"),
        verified=fields.truth(value, "verified"),
    )
    check_calendar(calendar)
    return calendar


def calendar_bytes(calendar: Calendar) -> bytes:
    """Return the one spelling of `calendar`; the inverse of `parse_calendar`."""
    return canonical.encode(
        {
            "capital": calendar.capital,
            "format": _FORMAT,
            "holidays": [
                {"name": day.name, "on": day.on.isoformat(), "verified": day.verified}
                for day in calendar.holidays
            ],
            "id": calendar.id,
            "offsets": [
                {"from": fields.format_instant(row.from_at), "minutes-east": row.minutes_east}
                for row in calendar.offsets
            ],
            "rest-weekdays": list(calendar.rest_weekdays),
            "source": calendar.source,
            "verified": calendar.verified,
            "version": calendar.version,
            "years": list(calendar.years),
        }
    )


def calendar_hash(calendar: Calendar) -> str:
    """Return the SHA-256 of the calendar's bytes: what an annex names."""
    return canonical.digest(calendar_bytes(calendar))


def check_calendar(calendar: Calendar) -> None:
    """Raise `Malformed` where the parts of `calendar` contradict each other or cannot be counted with."""
    days = [day.on for day in calendar.holidays]
    instants = [row.from_at for row in calendar.offsets]
    name = f"calendar {calendar.id!r:.80}"
    _check_ascending(days, f"{name}: holidays")
    _check_ascending(instants, f"{name}: offsets")
    _check_ascending(calendar.years, f"{name}: years")
    _check_ascending(calendar.rest_weekdays, f"{name}: rest-weekdays")
    if not calendar.years or not YEAR_MIN <= calendar.years[0] <= calendar.years[-1] <= YEAR_MAX:
        raise Malformed(f"{name}: expected years within {YEAR_MIN} to {YEAR_MAX}, got {list(calendar.years)}")
    if not all(0 <= day <= 6 for day in calendar.rest_weekdays) or len(calendar.rest_weekdays) > 6:
        raise Malformed(
            f"{name}: expected at most six rest-weekdays, 0 (Monday) to 6, got {list(calendar.rest_weekdays)}"
        )
    if not calendar.offsets:
        raise Malformed(f"{name}: expected at least one offset from UTC, got none")
    for row in calendar.offsets:
        if abs(row.minutes_east) > OFFSET_MINUTES_MAX:
            raise Malformed(
                f"{name}: expected an offset within 18 hours of UTC, got {row.minutes_east} minutes"
            )


def _check_ascending(values: Sequence[_Ordered], what: str) -> None:
    if list(values) != sorted(set(values)):
        raise Malformed(
            f"{what}: expected ascending order without repetition, got {list(map(str, values))!s:.200}"
        )


def _integers(value: canonical.JsonObject, key: str) -> tuple[int, ...]:
    found = value.get(key)
    if type(found) is not list:
        raise Malformed(f"{key}: expected a list of integers, got {found!r:.80}")
    numbers = tuple(item for item in found if type(item) is int)
    if len(numbers) != len(found):
        raise Malformed(f"{key}: expected a list of integers, got {found!r:.80}")
    return numbers


def _parse_holiday(value: canonical.JsonObject) -> Holiday:
    fields.only(value, frozenset(("name", "on", "verified")), "holiday")
    return Holiday(
        on=_parse_day(fields.text(value, "on")),
        name=fields.text(value, "name"),
        verified=fields.truth(value, "verified"),
    )


def _parse_day(written: str) -> date:
    try:
        found = date.fromisoformat(written)
    except ValueError as error:
        raise Malformed(f"on: expected a date as 2026-01-26, got {written!r:.80}") from error
    if found.isoformat() != written:
        raise Malformed(f"on: expected a date as 2026-01-26, got {written!r:.80}")
    return found


def _parse_offset(value: canonical.JsonObject) -> Offset:
    fields.only(value, frozenset(("from", "minutes-east")), "offset")
    return Offset(
        from_at=fields.instant(value, "from"),
        minutes_east=fields.integer(value, "minutes-east", least=-OFFSET_MINUTES_MAX),
    )


# ------------------------------------------------------------------------ days in the capital


def day_in_capital(at: datetime, calendar: Calendar) -> date:
    """Return the date that the capital's clocks show at the instant `at`."""
    return (_utc(at) + _east(at, calendar)).date()


def end_of_day(on: date, calendar: Calendar) -> datetime:
    """Return the UTC instant at which the day `on` has ended in the capital (24:00 there).

    Where the clocks are put back over midnight, it is the later of the two: the owner does
    not lose the hour. Where they are put forward over it, it is the instant of the change.
    """
    midnight = datetime(on.year, on.month, on.day, tzinfo=UTC) + _DAY
    found = []
    for minutes in {row.minutes_east for row in calendar.offsets}:
        instant = midnight - timedelta(minutes=minutes)
        if _east(instant, calendar) == timedelta(minutes=minutes):
            found.append(instant)
    if found:
        return max(found)
    return min(
        row.from_at
        for row in calendar.offsets
        if row.from_at + timedelta(minutes=row.minutes_east) > midnight
    )


def holiday_on(on: date, calendar: Calendar) -> Holiday | None:
    """Return the holiday of that day, or None."""
    index = bisect_left(calendar.holidays, on, key=_on)
    if index < len(calendar.holidays) and calendar.holidays[index].on == on:
        return calendar.holidays[index]
    return None


def is_working_day(on: date, calendar: Calendar) -> bool:
    """Say whether `on` is neither a rest day of the week nor a holiday of the table."""
    return on.weekday() not in calendar.rest_weekdays and holiday_on(on, calendar) is None


def _on(day: Holiday) -> date:
    return day.on


def _from_at(row: Offset) -> datetime:
    return row.from_at


def _east(at: datetime, calendar: Calendar) -> timedelta:
    index = max(0, bisect_right(calendar.offsets, at, key=_from_at) - 1)
    return timedelta(minutes=calendar.offsets[index].minutes_east)


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise Malformed(f"expected an instant with its offset from UTC, got {at.isoformat()} without one")
    at = at.astimezone(UTC)
    if not YEAR_MIN <= at.year <= YEAR_MAX:
        raise Malformed(f"expected an instant in the years {YEAR_MIN} to {YEAR_MAX}, got {at.isoformat()}")
    return at


# -------------------------------------------------------------------------------- what is due


@lru_cache(maxsize=DUES_REMEMBERED)
def due_at(started_at: datetime, days: int, counting: Counting, calendar: Calendar) -> Due:
    """Return when a clock started at `started_at` with `days` days is due. Takes O(days) steps.

    Raises `Malformed` for days outside 1 to 3660, an unknown way of counting, an instant
    without its offset from UTC or outside the years 1970 to 2999.
    """
    _check_days(days, counting)
    started_on = day_in_capital(started_at, calendar)
    skipped: list[Holiday] = []
    outside: tuple[int, ...] = ()
    on = started_on
    if counting == "calendar-days":
        on += days * _DAY
        # All that calendar days need of the table is the capital's offset on the last of them.
        outside = () if on.year in calendar.years else (on.year,)
    else:
        remaining = days
        while remaining:
            on += _DAY
            if on.weekday() in calendar.rest_weekdays:
                continue
            holiday = holiday_on(on, calendar)
            if holiday is None:
                remaining -= 1
            else:
                skipped.append(holiday)
        counted = range((started_on + _DAY).year, on.year + 1)
        outside = tuple(year for year in counted if year not in calendar.years)
    due = Due(
        at=end_of_day(on, calendar), on=on, outside_table=bool(outside), skipped=tuple(skipped), words=""
    )
    unit = counting.replace("-", " ") if days != 1 else counting.removesuffix("s").replace("-", " ")
    return replace(due, words=_words(due, f"{days} {unit} after {_written(started_on)}", calendar, outside))


def days_used(intervals: Sequence[tuple[datetime, datetime]], counting: Counting, calendar: Calendar) -> int:
    """Return how many days a clock that ran during `intervals` has used up.

    A day is used if it counts (`counting`) and the clock ran through all of it, from 00:00
    to 24:00 in the capital, and did not start or resume on it. Intervals are ascending and
    do not overlap; those that touch are one. Raises `Malformed` otherwise.
    """
    _check_days(1, counting)
    return sum(
        _whole_days(start, end, counting, calendar) for start, end in _joined(intervals) if end is not None
    )


def due_after_pauses(
    running_intervals: Sequence[Interval], days: int, counting: Counting, calendar: Calendar
) -> Due | None:
    """Return when a clock that ran during `running_intervals` is due; None while it is paused.

    The last interval has no end while the clock runs. What earlier intervals used up
    (`days_used`) is taken from `days`; the rest is counted from the last resumption as
    `due_at` counts it. If the days were over within an interval, the clock was due then,
    and no later pause changes it. Never earlier than the same clock without pauses.

    Raises `Malformed` as `due_at` does, and for no interval, for intervals that overlap or
    descend, and for one that has no end and is not the last.
    """
    _check_days(days, counting)
    if not running_intervals:
        raise Malformed("expected at least one interval in which the clock ran, got none")
    remaining = days
    for start, end in _joined(running_intervals):
        due = due_at(start, remaining, counting, calendar)
        if end is None or due.at <= end:
            return due
        remaining -= _whole_days(start, end, counting, calendar)
    return None


def _joined(intervals: Sequence[Interval]) -> list[Interval]:
    """Return the intervals in UTC, those that touch made one: a pause of no length is no pause."""
    joined: list[Interval] = []
    for started_at, ended_at in intervals:
        start, end = _utc(started_at), None if ended_at is None else _utc(ended_at)
        if end is not None and end < start:
            raise Malformed(
                f"expected an interval that ends after {start.isoformat()}, got {end.isoformat()}"
            )
        if joined:
            before, stopped = joined[-1]
            if stopped is None or start < stopped:
                until = "has no end" if stopped is None else f"ends at {stopped.isoformat()}"
                raise Malformed(f"expected the next interval after one that {until}, got {start.isoformat()}")
            if start == stopped:
                joined[-1] = (before, end)
                continue
        joined.append((start, end))
    return joined


def _whole_days(start: datetime, end: datetime, counting: Counting, calendar: Calendar) -> int:
    """Count the days after that of `start` that had ended by `end`."""
    first_on = day_in_capital(start, calendar) + _DAY
    last_on = day_in_capital(end, calendar)
    while end < end_of_day(last_on, calendar):
        last_on -= _DAY
    length = max(0, (last_on - first_on).days + 1)
    if counting == "calendar-days":
        return length
    return sum(is_working_day(first_on + index * _DAY, calendar) for index in range(length))


def _check_days(days: int, counting: str) -> None:
    if type(days) is not int or not 1 <= days <= DAYS_MAX:
        raise Malformed(f"expected 1 to {DAYS_MAX} days, got {days!r:.80}")
    if counting not in COUNTINGS:
        raise Malformed(f"expected one of {', '.join(COUNTINGS)}, got {counting!r:.80}")


# ------------------------------------------------------------------------------------- words


def _words(due: Due, count: str, calendar: Calendar, outside: Sequence[int]) -> str:
    table = f"the table {calendar.id} version {calendar.version}"
    said = [f"due by the end of {_written(due.on)} in {calendar.capital}: {count}"]
    if due.skipped:
        named = (
            f"{day.name} ({_written(day.on)}{'' if day.verified else ', unverified'})" for day in due.skipped
        )
        said.append(f"not counted: {', '.join(named)}")
    of_work = "working" in count
    if of_work and not calendar.verified:
        said.append(f"{table} is unverified")
    if outside:
        missing = "holidays" if of_work else f"clock changes of {calendar.capital}"
        said.append(f"{missing} of {' and '.join(map(str, outside))} are not in {table}")
    return "; ".join(said)


def _written(on: date) -> str:
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"
