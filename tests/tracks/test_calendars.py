"""The calendars that ship: the United States' recomputed from the rules of law, India's fixed days.

Not here: how days are counted (tests/core/test_clock.py).
"""

from datetime import UTC, date, datetime, timedelta
from importlib import resources

import pytest

from comity.core.clock import calendar_bytes, calendar_hash, due_at, end_of_day, holiday_on, is_working_day
from comity.tracks.calendars import CALENDARS, CURRENT

DAY = timedelta(days=1)
INDIA, STATES = CURRENT["IN/central-government"], CURRENT["US/federal"]


def nth(year: int, month: int, weekday: int, n: int) -> date:
    """Return the n-th such weekday (Monday is 0) of the month; n = -1 is the last."""
    days = [on for on in (date(year, month, 1) + k * DAY for k in range(31)) if on.month == month]
    return [on for on in days if on.weekday() == weekday][n if n < 0 else n - 1]


def federal_holidays(year: int) -> set[date]:
    """Return the days of 5 U.S.C. 6103 as observed for that year (one may fall in the year before)."""
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    if year >= 2021:
        fixed.append(date(year, 6, 19))
    observed = {on + {5: -DAY, 6: DAY}.get(on.weekday(), 0 * DAY) for on in fixed}
    mondays = {
        nth(year, 1, 0, 3),
        nth(year, 2, 0, 3),
        nth(year, 5, 0, -1),
        nth(year, 9, 0, 1),
        nth(year, 10, 0, 2),
    }
    return observed | mondays | {nth(year, 11, 3, 4)}


def test_the_federal_holidays_are_those_that_the_law_computes() -> None:
    computed = {on for year in range(2018, 2032) for on in federal_holidays(year) if 2018 <= on.year <= 2030}

    assert {day.on for day in STATES.holidays} == computed
    assert STATES.years == tuple(range(2018, 2031))
    assert all(day.verified and day.on.weekday() < 5 for day in STATES.holidays)


@pytest.mark.parametrize(
    ("on", "name"),
    [
        (date(2020, 7, 3), "Independence Day (observed)"),
        (date(2021, 6, 18), "Juneteenth National Independence Day (observed)"),
        (date(2021, 12, 31), "New Year's Day (observed)"),
        (date(2023, 1, 2), "New Year's Day (observed)"),
        (date(2024, 11, 28), "Thanksgiving Day"),
        (date(2026, 5, 25), "Memorial Day"),
    ],
)
def test_a_federal_holiday_known_from_the_news_is_there(on: date, name: str) -> None:
    found = holiday_on(on, STATES)

    assert found is not None
    assert found.name == name
    assert holiday_on(date(2020, 6, 19), STATES) is None


def test_washington_changes_its_clocks_on_the_days_that_the_law_computes() -> None:
    for year in STATES.years:
        spring, autumn = nth(year, 3, 6, 2), nth(year, 11, 6, 1)
        on = date(year, 1, 1)
        while on.year == year:
            length = end_of_day(on, STATES) - end_of_day(on - DAY, STATES)
            assert length == timedelta(hours=23 if on == spring else 25 if on == autumn else 24), on
            on += DAY


def test_india_keeps_its_fixed_days_in_every_year_and_marks_the_movable_ones() -> None:
    fixed = {(1, 26), (8, 15), (10, 2), (12, 25)}
    for year in range(2018, 2031):
        assert {
            (day.on.month, day.on.day) for day in INDIA.holidays if day.verified and day.on.year == year
        } == fixed
    movable = [day for day in INDIA.holidays if not day.verified]
    assert {day.on.year for day in movable} == set(INDIA.years) == {2018, 2024, 2025, 2026}
    assert not INDIA.verified


def test_good_friday_in_india_is_the_friday_before_easter() -> None:
    easter = {
        2018: date(2018, 4, 1),
        2024: date(2024, 3, 31),
        2025: date(2025, 4, 20),
        2026: date(2026, 4, 5),
    }

    found = {day.on.year: day.on + 2 * DAY for day in INDIA.holidays if day.name == "Good Friday"}
    assert found == easter


def test_a_year_without_a_list_is_outside_the_table_of_india() -> None:
    due = due_at(datetime(2027, 3, 1, tzinfo=UTC), 21, "working-days", INDIA)

    assert due.outside_table
    assert "holidays of 2027 are not in the table IN/central-government version 1" in due.words
    assert not is_working_day(date(2027, 1, 26), INDIA)


def test_every_calendar_is_stored_in_its_one_spelling_under_its_own_name() -> None:
    files = {
        file.name: file.read_bytes()
        for file in resources.files("comity.tracks.calendars").iterdir()
        if file.name.endswith(".json")
    }

    assert len(files) == len(CALENDARS) == 2
    for hash_, calendar in CALENDARS.items():
        name = f"{calendar.id.lower().replace('/', '.')}.{calendar.version}.json"
        assert files[name] == calendar_bytes(calendar)
        assert hash_ == calendar_hash(calendar)


def test_a_calendar_that_an_annex_may_name_never_changes() -> None:
    # An annex pins these. To change a calendar, add the next version as a new file, and a line here.
    assert {f"{one.id} {one.version}": hash_ for hash_, one in CALENDARS.items()} == {
        "IN/central-government 1": "641c2f5ee9d285320af3342475f99bedf30e96e0762c95085d2ef1578b9ac3a1",
        "US/federal 1": "128731a86941bdda54d01deb95d7bd763ac11651529cc4e6198e37fd2c643c45",
    }
