"""Instants and days in words: both capitals, months never as digits."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from comity.core.clock import day_in_capital
from comity.tracks.calendars import CURRENT
from comity.web.moments import MONTHS, Moments, in_capital

AT = datetime(2026, 11, 23, 5, 11, tzinfo=UTC)
IN_FIRST = ("IN", "US")


def test_an_instant_stands_in_both_capitals() -> None:
    assert (
        Moments("en", IN_FIRST).at(AT).words == "23 November 2026, 10:41 in New Delhi · 00:11 in Washington"
    )
    assert Moments("hi", IN_FIRST).at(AT).words == "23 नवंबर 2026, नई दिल्ली में 10:41 · वाशिंगटन में 00:11"
    assert Moments("en", IN_FIRST).at(AT).machine == "2026-11-23T05:11:00Z"


def test_where_the_day_differs_it_is_said_again() -> None:
    evening = datetime(2026, 7, 1, 20, 0, tzinfo=UTC)
    expected = "2 July 2026, 01:30 in New Delhi · 1 July 2026, 16:00 in Washington"
    assert Moments("en", IN_FIRST).at(evening).words == expected


def test_the_end_of_a_day_is_named_by_that_day() -> None:
    end = datetime(2026, 12, 24, 18, 30, tzinfo=UTC)
    expected = "end of 24 December 2026 in New Delhi · 24 December 2026, 13:30 in Washington"
    assert Moments("en", IN_FIRST).until(end, "IN").words == expected


def test_without_a_calendar_it_is_utc_and_says_so() -> None:
    assert Moments("en", ("XX", "YY")).at(AT).words == "23 November 2026, 05:11 UTC"
    assert Moments("en", ("XX", "YY")).until(AT, "XX").words == "23 November 2026, 05:11 UTC"


def test_every_month_has_its_name_in_both_languages() -> None:
    for language, months in MONTHS.items():
        words = [Moments(language, ()).day(date(2026, month, 1)).words for month in range(1, 13)]
        assert words == [f"1 {name} 2026" for name in months]
        assert len(set(months)) == 12


@given(st.integers(946_684_800, 4_102_444_800), st.sampled_from(sorted(CURRENT)))
def test_what_a_capital_shows_is_the_day_that_clocks_count_by(seconds: int, name: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    there = in_capital(at, CURRENT[name])

    assert there.date() == day_in_capital(at, CURRENT[name])
    assert abs(there.replace(tzinfo=UTC) - at) <= timedelta(hours=18)
