"""Turns and statements: every one that can be made is read back as itself.

What is refused, and the reason given, stands in `docs/spec/vectors/turn.json`. Not here:
which turns may be said (`test_verdict`).
"""

import unicodedata
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core import canonical
from comity.core.characters import FORBIDDEN
from comity.core.errors import Malformed
from comity.core.fields import format_instant, parse_instant
from comity.core.marking import LEVELS, Marking
from comity.core.turn import (
    FOUNDING_NOTE,
    KINDS,
    PAYLOAD_BYTES_MAX,
    Attestation,
    BodyRef,
    Declared,
    Link,
    Statement,
    Turn,
    Under,
    parse_statement,
    parse_turn,
    statement_payload,
    turn_payload,
)

HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)
MAYBE_HASHES = st.none() | HASHES
PARTIES = st.from_regex(r"[A-Z]{2,3}", fullmatch=True)
OFFICES = st.from_regex(r"[A-Z]{2,3}/[A-Z0-9][A-Z0-9-]{1,23}", fullmatch=True)
CASES = st.from_regex(r"[A-Z]{2,3}-[0-9a-f]{32}", fullmatch=True)
OFFICERS = st.integers(1, canonical.INTEGER_MAX)
LAST = datetime(2999, 12, 31, 23, 59, 59, tzinfo=UTC)
INSTANTS = st.integers(0, int(LAST.timestamp())).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
WORDS = (
    st.text(min_size=1, max_size=12)
    .map(lambda text: unicodedata.normalize("NFC", FORBIDDEN.sub("", text)))
    .filter(lambda text: text != "" and not FORBIDDEN.search(text))
)
MARKINGS = st.builds(
    Marking,
    owner=WORDS,
    tlp=st.sampled_from(LEVELS),
    releasable_to=st.sets(PARTIES, max_size=3).map(lambda parties: tuple(sorted(parties))),
    purpose=WORDS,
    retain_until=st.dates(date(1970, 1, 1), date(2999, 12, 31)),
    onward=st.sampled_from(("originator", "never")),
)
TURNS = st.builds(
    Turn,
    pairing=HASHES,
    sender=PARTIES,
    receiver=PARTIES,
    case=CASES,
    n=st.integers(2, canonical.INTEGER_MAX),
    prev=HASHES,
    seen=MAYBE_HASHES,
    procedure=WORDS,
    table=HASHES,
    under=st.builds(Under, st.just(FOUNDING_NOTE) | CASES, MAYBE_HASHES, MAYBE_HASHES),
    says=WORDS,
    office=OFFICES,
    addressed=OFFICES,
    by=OFFICERS,
    released_by=st.none() | OFFICERS,
    said_at=INSTANTS,
    exercise=st.booleans(),
    marking=MARKINGS,
    body=st.none() | st.builds(BodyRef, WORDS, HASHES, HASHES, HASHES),
    attests=st.lists(
        st.builds(Attestation, WORDS, st.lists(OFFICERS, min_size=1, max_size=2).map(tuple), st.booleans()),
        max_size=3,
    ).map(tuple),
    links=st.lists(st.builds(Link, WORDS, CASES), max_size=3).map(tuple),
    declares=st.none() | st.builds(Declared, WORDS, INSTANTS),
)
STATEMENTS = st.builds(
    Statement,
    kind=st.sampled_from([kind for kind in KINDS if kind != "refused"]),
    pairing=HASHES,
    sender=PARTIES,
    receiver=PARTIES,
    case=CASES,
    turn=HASHES,
    at=INSTANTS,
    detail=st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), WORDS, max_size=3).map(
        lambda detail: tuple(sorted(detail.items()))
    ),
)


@given(TURNS)
def test_every_turn_is_read_back_as_itself(turn: Turn) -> None:
    assert parse_turn(turn_payload(turn)) == turn

    first = replace(turn, n=1, prev=None)
    assert parse_turn(turn_payload(first)) == first


@given(TURNS, TURNS, st.sampled_from([field.name for field in fields(Turn)]))
def test_two_turns_that_differ_in_anything_differ_in_their_bytes(turn: Turn, other: Turn, name: str) -> None:
    changed = replace(turn, **{name: getattr(other, name)})

    assert (turn_payload(changed) == turn_payload(turn)) == (changed == turn)


@given(TURNS)
def test_only_the_first_slot_has_no_predecessor(turn: Turn) -> None:
    for wrong in (replace(turn, prev=None), replace(turn, n=1)):
        with pytest.raises(Malformed, match="prev"):
            parse_turn(turn_payload(wrong))


@given(STATEMENTS, WORDS)
def test_every_statement_is_read_back_as_itself(statement: Statement, code: str) -> None:
    refusal = replace(statement, kind="refused", code=code)

    assert parse_statement(statement_payload(statement)) == statement
    assert parse_statement(statement_payload(refusal)) == refusal


@given(STATEMENTS, WORDS)
def test_a_refusal_has_a_code_and_nothing_else_does(statement: Statement, code: str) -> None:
    for wrong in (replace(statement, code=code), replace(statement, kind="refused")):
        with pytest.raises(Malformed, match="a refusal has one"):
            parse_statement(statement_payload(wrong))


@given(TURNS, STATEMENTS)
def test_neither_is_taken_for_the_other(turn: Turn, statement: Statement) -> None:
    with pytest.raises(Malformed, match="not known here"):
        parse_statement(turn_payload(turn))
    with pytest.raises(Malformed, match="not known here"):
        parse_turn(statement_payload(statement))


@pytest.mark.parametrize("parse", [parse_turn, parse_statement])
def test_a_payload_has_at_most_16384_bytes(parse: object) -> None:
    assert callable(parse)
    assert PAYLOAD_BYTES_MAX == 16_384
    with pytest.raises(Malformed, match="at most 16384 bytes, got 16385"):
        parse(b"{" + b" " * 16_384)


@given(INSTANTS, st.integers(-14 * 60, 14 * 60), st.integers(0, 999_999))
def test_one_instant_has_one_spelling_whatever_the_zone_it_was_given_in(
    at: datetime, minutes: int, microseconds: int
) -> None:
    elsewhere = (at + timedelta(microseconds=microseconds)).astimezone(timezone(timedelta(minutes=minutes)))

    assert format_instant(elsewhere) == format_instant(at)
    assert parse_instant(format_instant(at), "at") == at


@given(
    st.text(max_size=25) | st.from_regex(r"\d{4}-?\d\d-?\d\d[T ]\d\d(:?\d\d){0,2}(\.\d+)?(Z|[+-]\d\d:?\d\d)?")
)
def test_any_other_spelling_of_an_instant_is_refused(written: str) -> None:
    try:
        at = parse_instant(written, "at")
    except Malformed:
        return
    assert format_instant(at) == written
    assert at.tzinfo is UTC
