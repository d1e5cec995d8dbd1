"""Markings: what is drawn from two is never freer than either."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core import canonical
from comity.core.errors import Malformed
from comity.core.marking import LEVELS, Marking, combine, is_above, marking_json, parse_day, parse_marking

MARKINGS = st.builds(
    Marking,
    owner=st.just("IN"),
    tlp=st.sampled_from(LEVELS),
    releasable_to=st.sets(st.sampled_from(["GB", "IN", "NP", "US"])).map(
        lambda parties: tuple(sorted(parties))
    ),
    purpose=st.just("diversion-control"),
    retain_until=st.dates(date(2024, 1, 1), date(2040, 1, 1)),
    onward=st.sampled_from(("originator", "never")),
)


def is_as_strict(one: Marking, other: Marking) -> bool:
    """Say whether nothing may be done with `one` that may not be done with `other`."""
    return (
        not is_above(other.tlp, one.tlp)
        and set(one.releasable_to) <= set(other.releasable_to)
        and one.retain_until <= other.retain_until
        and (one.onward, other.onward) != ("originator", "never")
    )


@given(MARKINGS)
def test_every_marking_is_read_back_as_itself(marking: Marking) -> None:
    assert parse_marking(canonical.parse(canonical.encode(marking_json(marking)))) == marking
    assert combine(marking, marking) == marking


@given(MARKINGS, MARKINGS, MARKINGS)
def test_in_whatever_order_three_are_drawn_together_the_result_is_one(
    one: Marking, two: Marking, three: Marking
) -> None:
    assert combine(one, two) == combine(two, one)
    assert combine(combine(one, two), three) == combine(one, combine(two, three))


@given(MARKINGS, MARKINGS)
def test_what_is_drawn_from_two_is_as_strict_as_each_and_no_stricter(one: Marking, two: Marking) -> None:
    both = combine(one, two)

    assert is_as_strict(both, one)
    assert is_as_strict(both, two)
    if is_as_strict(one, two):
        assert both == one


def test_two_audiences_without_a_common_member_leave_nobody() -> None:
    marking = Marking(
        owner="IN", tlp="RED", releasable_to=("US",), purpose="p", retain_until=date(2030, 1, 1)
    )
    other = Marking(owner="IN", tlp="RED", releasable_to=("NP",), purpose="p", retain_until=date(2030, 1, 1))

    assert combine(marking, other).releasable_to == ()


@pytest.mark.parametrize(("owner", "purpose"), [("US", "p"), ("IN", "q")])
def test_another_owner_or_purpose_is_a_new_record_that_its_author_marks(owner: str, purpose: str) -> None:
    day = date(2030, 1, 1)
    marking = Marking(owner="IN", tlp="RED", releasable_to=(), purpose="p", retain_until=day)
    other = Marking(owner=owner, tlp="RED", releasable_to=(), purpose=purpose, retain_until=day)

    with pytest.raises(Malformed, match="mark the new record yourself"):
        combine(marking, other)


def test_a_ceiling_lets_pass_what_is_as_open_as_itself() -> None:
    assert [level for level in LEVELS if is_above(level, "AMBER")] == ["AMBER+STRICT", "RED"]


@given(st.dates() | st.text(max_size=12))
def test_a_day_has_one_spelling_and_a_year_that_can_be_counted_from(given: object) -> None:
    written = given.isoformat() if isinstance(given, date) else str(given)
    try:
        day = parse_day(written, "on")
    except Malformed:
        assert not isinstance(given, date) or not 1970 <= given.year <= 2999
    else:
        assert (day.isoformat(), 1970 <= day.year <= 2999) == (written, True)
