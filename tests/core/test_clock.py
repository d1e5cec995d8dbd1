"""Laws of the clock, against an oracle that counts day by day and hour by hour, and the stories.

Not here: the calendars that ship (tests/tracks/test_calendars.py).
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core import canonical
from comity.core.clock import (
    Calendar,
    Counting,
    Holiday,
    Offset,
    calendar_bytes,
    calendar_hash,
    check_calendar,
    day_in_capital,
    days_used,
    due_after_pauses,
    due_at,
    end_of_day,
    is_working_day,
    parse_calendar,
)
from comity.core.errors import Malformed

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


DELHI = Calendar(
    id="IN/test",
    version=1,
    years=(2026,),
    rest_weekdays=(5, 6),
    holidays=(Holiday(date(2026, 1, 26), "Republic Day", True), Holiday(date(2026, 3, 4), "Holi", False)),
    offsets=(Offset(utc(1970, 1, 1), 330),),
    capital="New Delhi",
    source="made up for this test",
    verified=False,
)
WASHINGTON = replace(
    DELHI,
    id="US/test",
    holidays=(Holiday(date(2026, 11, 11), "Veterans Day", True),),
    offsets=(
        Offset(utc(2025, 11, 2, 6), -300),
        Offset(utc(2026, 3, 8, 7), -240),
        Offset(utc(2026, 11, 1, 6), -300),
    ),
    capital="Washington",
    verified=True,
)
CALENDARS = st.sampled_from((DELHI, WASHINGTON))
COUNTING: st.SearchStrategy[Counting] = st.sampled_from(("calendar-days", "working-days"))
INSTANTS = st.integers(0, 427 * 86_400).map(lambda seconds: utc(2025, 12, 1) + timedelta(seconds=seconds))
DAYS = st.integers(1, 60)


def naive_due(started_at: datetime, days: int, counting: Counting, calendar: Calendar) -> date:
    """Count one day at a time, asking only the lists of the calendar."""
    closed = {day.on for day in calendar.holidays}
    on = day_in_capital(started_at, calendar)
    while days:
        on += DAY
        if counting == "calendar-days" or (on.weekday() < 5 and on not in closed):
            days -= 1
    return on


def naive_days_used(
    intervals: list[tuple[datetime, datetime]], counting: Counting, calendar: Calendar
) -> int:
    """Walk minute-wise edges: a day is used if one interval holds both of its ends, and began before it."""
    used = 0
    on = date(2025, 11, 1)
    while on < date(2027, 6, 1):
        begin, end = end_of_day(on - DAY, calendar), end_of_day(on, calendar)
        whole = any(start < begin and end <= stop for start, stop in intervals)
        used += whole and (counting == "calendar-days" or is_working_day(on, calendar))
        on += DAY
    return used


@given(INSTANTS, DAYS, COUNTING, CALENDARS)
def test_the_due_day_is_the_one_that_counting_on_fingers_gives(
    at: datetime, days: int, counting: Counting, calendar: Calendar
) -> None:
    due = due_at(at, days, counting, calendar)

    assert due.on == naive_due(at, days, counting, calendar)
    assert day_in_capital(due.at, calendar) == due.on + DAY
    assert day_in_capital(due.at - timedelta(seconds=1), calendar) == due.on


@given(st.tuples(INSTANTS, INSTANTS).map(sorted), DAYS, DAYS, COUNTING, CALENDARS)
def test_more_days_or_a_later_start_never_make_it_due_earlier(
    starts: list[datetime], days: int, more: int, counting: Counting, calendar: Calendar
) -> None:
    at, later = starts

    assert due_at(at, days, counting, calendar).at < due_at(at, days + more, counting, calendar).at
    assert due_at(at, days, counting, calendar).at <= due_at(later, days, counting, calendar).at


@given(INSTANTS, DAYS, CALENDARS)
def test_working_days_are_never_due_on_a_day_of_rest(at: datetime, days: int, calendar: Calendar) -> None:
    due = due_at(at, days, "working-days", calendar)

    assert is_working_day(due.on, calendar)
    assert due.at >= due_at(at, days, "calendar-days", calendar).at


@given(st.dates(date(2025, 12, 1), date(2027, 2, 1)), CALENDARS)
def test_days_follow_each_other_without_gap(on: date, calendar: Calendar) -> None:
    begin, end = end_of_day(on - DAY, calendar), end_of_day(on, calendar)

    assert 23 * HOUR <= end - begin <= 25 * HOUR
    assert day_in_capital(begin, calendar) == day_in_capital(end - timedelta(seconds=1), calendar) == on


@st.composite
def stretches(draw: st.DrawFn) -> list[tuple[datetime, datetime]]:
    """Ascending intervals that do not overlap; some touch, some have no length."""
    at = draw(INSTANTS)
    found = []
    for _ in range(draw(st.integers(1, 5))):
        start = at + draw(st.integers(0, 100)) * HOUR
        at = start + draw(st.integers(0, 300)) * HOUR
        found.append((start, at))
    return found


def touching(intervals: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Join what touches, in the simplest way, for the oracle."""
    joined = [intervals[0]]
    for start, end in intervals[1:]:
        if joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


@given(stretches(), COUNTING, CALENDARS)
def test_a_day_is_used_only_if_the_clock_ran_through_all_of_it(
    intervals: list[tuple[datetime, datetime]], counting: Counting, calendar: Calendar
) -> None:
    used = days_used(intervals, counting, calendar)
    whole = naive_days_used(touching(intervals), counting, calendar)

    # The oracle asks that the clock began before the day; a start at exactly 00:00 is on it.
    assert used == whole


@given(stretches(), DAYS, COUNTING, CALENDARS)
def test_a_paused_clock_never_costs_its_owner_a_day(
    intervals: list[tuple[datetime, datetime]], days: int, counting: Counting, calendar: Calendar
) -> None:
    *closed, (start, _) = intervals
    due = due_after_pauses([*closed, (start, None)], days, counting, calendar)
    unpaused = due_at(intervals[0][0], days, counting, calendar)

    assert due is not None
    assert due.at >= unpaused.at
    used = days_used(closed, counting, calendar)
    if used < days:
        joined = touching([*closed, (start, start)])
        assert due == due_at(
            joined[-1][0], days - days_used(joined[:-1], counting, calendar), counting, calendar
        )
    else:
        assert due.at <= closed[-1][1]


@given(INSTANTS, st.lists(st.integers(0, 400), max_size=4), DAYS, COUNTING, CALENDARS)
def test_pausing_for_no_time_changes_nothing(
    at: datetime, hours: list[int], days: int, counting: Counting, calendar: Calendar
) -> None:
    edges = [at]
    for length in hours:
        edges.append(edges[-1] + length * HOUR)
    closed = list(pairwise(edges))

    assert due_after_pauses([*closed, (edges[-1], None)], days, counting, calendar) == due_at(
        at, days, counting, calendar
    )


@given(stretches(), COUNTING, CALENDARS)
def test_a_clock_that_is_paused_before_its_days_are_over_is_not_due(
    intervals: list[tuple[datetime, datetime]], counting: Counting, calendar: Calendar
) -> None:
    enough = days_used(intervals, counting, calendar) + 1

    assert due_after_pauses(intervals, enough, counting, calendar) is None


# ------------------------------------------------------------------------------- stories


def test_twenty_one_working_days_in_delhi_skip_weekends_and_holi() -> None:
    due = due_at(utc(2026, 2, 16, 5), 21, "working-days", DELHI)

    assert due.on == date(2026, 3, 18)
    assert due.at == utc(2026, 3, 18, 18, 30)
    assert [day.name for day in due.skipped] == ["Holi"]
    assert due.words == (
        "due by the end of 18 March 2026 in New Delhi: 21 working days after 16 February 2026; "
        "not counted: Holi (4 March 2026, unverified); the table IN/test version 1 is unverified"
    )


def test_the_day_of_start_is_the_day_in_the_capital_not_in_greenwich() -> None:
    late_on_monday = utc(2026, 2, 16, 19)  # 00:30 on Tuesday in New Delhi, 14:00 on Monday in Washington

    assert due_at(late_on_monday, 1, "calendar-days", DELHI).on == date(2026, 2, 18)
    assert due_at(late_on_monday, 1, "calendar-days", WASHINGTON).on == date(2026, 2, 17)


def test_washington_ends_its_days_an_hour_earlier_in_summer() -> None:
    assert due_at(utc(2026, 3, 5, 12), 2, "calendar-days", WASHINGTON).at == utc(2026, 3, 8, 5)
    assert due_at(utc(2026, 3, 5, 12), 3, "calendar-days", WASHINGTON).at == utc(2026, 3, 9, 4)
    assert due_at(utc(2026, 10, 29, 12), 2, "calendar-days", WASHINGTON).at == utc(2026, 11, 1, 4)
    assert due_at(utc(2026, 10, 29, 12), 3, "calendar-days", WASHINGTON).at == utc(2026, 11, 2, 5)


def test_calendar_days_fall_on_a_sunday_and_are_not_moved() -> None:
    due = due_at(utc(2026, 2, 13, 12), 2, "calendar-days", WASHINGTON)

    assert due.on == date(2026, 2, 15)
    assert (
        due.words
        == "due by the end of 15 February 2026 in Washington: 2 calendar days after 13 February 2026"
    )


def test_outside_its_table_a_calendar_skips_weekends_and_says_so() -> None:
    due = due_at(utc(2031, 3, 7, 12), 1, "working-days", WASHINGTON)

    assert due.on == date(2031, 3, 10)
    assert due.outside_table
    assert due.words.endswith("; holidays of 2031 are not in the table US/test version 1")
    assert not due_at(utc(2026, 3, 6, 12), 1, "working-days", WASHINGTON).outside_table


def test_a_count_over_new_year_names_the_year_that_is_missing() -> None:
    due = due_at(utc(2026, 12, 31, 12), 1, "working-days", DELHI)

    assert due.on == date(2027, 1, 1)
    assert due.outside_table
    assert "holidays of 2027 are not in" in due.words


def test_the_days_of_pause_and_of_resumption_are_not_counted() -> None:
    ran = (utc(2026, 2, 16, 5), utc(2026, 2, 18, 5))  # Monday to Wednesday: only Tuesday ran through
    resumed_at = utc(2026, 2, 23, 5)

    assert days_used([ran], "working-days", DELHI) == 1
    due = due_after_pauses([ran, (resumed_at, None)], 3, "working-days", DELHI)
    assert due == due_at(resumed_at, 2, "working-days", DELHI)
    assert due_after_pauses([ran], 3, "working-days", DELHI) is None


def test_a_pause_after_the_days_are_over_changes_nothing() -> None:
    started_at = utc(2026, 2, 16, 5)
    due = due_at(started_at, 3, "working-days", DELHI)

    assert due_after_pauses([(started_at, due.at)], 3, "working-days", DELHI) == due
    assert due_after_pauses([(started_at, due.at - timedelta(seconds=1))], 3, "working-days", DELHI) is None


def test_clocks_that_are_put_back_over_midnight_give_the_owner_the_second_midnight() -> None:
    # At 00:30 on 1 October the clocks go back to 23:30: the day 30 September ends twice.
    put_back = replace(DELHI, offsets=(Offset(utc(2026, 1, 1), 60), Offset(utc(2026, 9, 30, 23, 30), 0)))
    assert end_of_day(date(2026, 9, 30), put_back) == utc(2026, 10, 1, 0)
    assert days_used([(utc(2026, 9, 29, 1), utc(2026, 9, 30, 23, 15))], "calendar-days", put_back) == 0


def test_clocks_that_are_put_forward_over_midnight_end_the_day_at_the_change() -> None:
    put_forward = replace(DELHI, offsets=(Offset(utc(2026, 1, 1), 0), Offset(utc(2026, 3, 31, 23, 30), 60)))
    assert end_of_day(date(2026, 3, 31), put_forward) == utc(2026, 3, 31, 23, 30)


# ------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize("days", [0, -1, 3661, True])
def test_days_outside_one_to_ten_years_are_refused(days: int) -> None:
    with pytest.raises(Malformed, match="expected 1 to 3660 days"):
        due_at(utc(2026, 1, 1), days, "calendar-days", DELHI)


def test_an_instant_without_its_offset_is_refused() -> None:
    with pytest.raises(Malformed, match="without one"):
        due_at(datetime(2026, 1, 1), 1, "calendar-days", DELHI)  # noqa: DTZ001


@pytest.mark.parametrize("year", [1, 1969, 3000, 9999])
def test_an_instant_of_another_age_is_refused_and_not_an_overflow(year: int) -> None:
    with pytest.raises(Malformed, match="1970 to 2999"):
        due_at(utc(year, 6, 1), 3660, "working-days", DELHI)


def test_an_unknown_way_of_counting_is_refused() -> None:
    with pytest.raises(Malformed, match="calendar-days, working-days"):
        due_at(utc(2026, 1, 1), 1, "bank-days", DELHI)


def test_intervals_that_cannot_be_are_refused() -> None:
    one, two, three = utc(2026, 1, 1), utc(2026, 1, 2), utc(2026, 1, 3)
    for intervals in ([], [(two, one)], [(one, three), (two, None)], [(one, None), (two, None)]):
        with pytest.raises(Malformed, match="expected"):
            due_after_pauses(intervals, 1, "calendar-days", DELHI)


# -------------------------------------------------------------------- the calendar as bytes


@pytest.mark.parametrize("calendar", [DELHI, WASHINGTON])
def test_a_calendar_is_read_back_as_it_was_written(calendar: Calendar) -> None:
    text = calendar_bytes(calendar)

    assert parse_calendar(text) == calendar
    assert calendar_hash(calendar) == canonical.digest(text)


def test_a_calendar_that_nobody_could_count_with_is_refused() -> None:
    twice = (DELHI.holidays[0], DELHI.holidays[0])
    for broken in (
        replace(DELHI, rest_weekdays=(0, 1, 2, 3, 4, 5, 6)),
        replace(DELHI, rest_weekdays=(7,)),
        replace(DELHI, holidays=twice),
        replace(DELHI, years=()),
        replace(DELHI, years=(2026, 2025)),
        replace(DELHI, years=(1066,)),
        replace(DELHI, offsets=()),
        replace(DELHI, offsets=(Offset(utc(1970, 1, 1), 2000),)),
    ):
        with pytest.raises(Malformed, match="expected"):
            check_calendar(broken)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b'"version":1', b'"version":0'),
        (b'"on":"2026-01-26"', b'"on":"20260126"'),
        (b'"on":"2026-01-26"', b'"on":"2026-02-30"'),
        (b'"years":[2026]', b'"years":["2026"]'),
        (b'"years":[2026]', b'"years":2026'),
        (b'"verified":false,"version"', b'"verified":0,"version"'),
        (b"comity/calendar/v1", b"comity/calendar/v2"),
        (b'"capital":"New Delhi",', b""),
        (b'"rest-weekdays"', b'"rest-days"'),
    ],
)
def test_a_calendar_with_a_broken_field_is_malformed(was: bytes, becomes: bytes) -> None:
    text = calendar_bytes(DELHI)

    assert was in text
    with pytest.raises(Malformed):
        parse_calendar(text.replace(was, becomes, 1))
