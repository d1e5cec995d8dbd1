"""Instruments: what the annex switches on, from when until when, the same on both nodes.

What is refused, and the reason given, stands in `docs/spec/vectors/founding.json`. Not
here: verdicts that rest on an instrument (`test_verdict`).
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core import canonical
from comity.core.case import Effect, Line, Said, Standing, Verdict
from comity.core.clock import COUNTINGS, DAYS_MAX
from comity.core.errors import Malformed
from comity.core.instrument import (
    LINES_MAX,
    Annex,
    AnnexLine,
    Instrument,
    Terms,
    annex_json,
    founding_annex,
    in_force,
    latest_text,
    parse_annex,
)
from comity.core.keys import Directory, Name, Office
from comity.core.marking import LEVELS, Marking
from comity.core.procedure import Procedure, Silence
from comity.core.turn import FOUNDING_NOTE, Turn, Under

BEGAN = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
HASHES = st.sampled_from(["0" * 64, "a" * 64, "f" * 64])
TERMS = st.builds(
    Terms,
    party=st.sampled_from(["IN", "US"]),
    clock=st.sampled_from(["reply", "report"]),
    days=st.integers(1, DAYS_MAX),
    counting=st.sampled_from(COUNTINGS),
    calendar=st.sampled_from(["in.example", "us.example"]),
    silence=st.sampled_from(get_args(Silence)),
)
LINES = st.builds(
    AnnexLine,
    procedure=st.sampled_from(["pre-export", "verification", "सत्यापन"]),
    hashes=st.lists(HASHES, min_size=1, max_size=3).map(tuple),
    offices=st.just((("IN", ("IN/CBN", "IN/DRI")), ("US", ("US/DEA",)))),
    purposes=st.lists(st.sampled_from(["diversion-control", "dialogue"]), max_size=2).map(tuple),
    ceiling=st.sampled_from(LEVELS),
    terms=st.lists(TERMS, max_size=3).map(tuple),
    run_off_days=st.none() | st.integers(0, DAYS_MAX),
)
ANNEXES = st.builds(
    Annex,
    in_force_from=st.dates(date(1970, 1, 1), date(2026, 1, 1)),
    until=st.none() | st.dates(date(2026, 1, 1), date(2999, 12, 31)),
    notice_days=st.integers(0, DAYS_MAX),
    lines=st.lists(LINES, max_size=3, unique_by=lambda line: line.procedure).map(tuple),
    calendars=st.just((("in.example", "1" * 64), ("us.example", "2" * 64))),
)


def annex_of(*lines: AnnexLine, until: date | None = None) -> Annex:
    return Annex(in_force_from=date(2026, 1, 5), until=until, notice_days=0, lines=lines)


@given(ANNEXES)
def test_every_annex_is_read_back_as_itself(annex: Annex) -> None:
    assert parse_annex(canonical.parse(canonical.encode(annex_json(annex)))) == annex


LAST = datetime(2999, 12, 31, 23, 59, 59, tzinfo=UTC)
INSTANTS = st.integers(0, int(LAST.timestamp())).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(ANNEXES, st.none() | INSTANTS)
def test_no_annex_that_was_read_runs_out_of_the_calendar(annex: Annex, accepted_at: datetime | None) -> None:
    ended_at = accepted_at and accepted_at + timedelta(days=annex.notice_days)
    made = Instrument("IN-" + "0" * 32, annex, True, ended_at)
    ends = made.ends_at()

    assert (ends is None) == (annex.until is None and ended_at is None)
    for line in annex.lines:
        stops = made.stops_at(line)
        assert (stops is None) == (ends is None)
        if stops is not None and ends is not None:
            assert stops == ends + timedelta(days=line.run_off_days or 0)


def test_a_term_ends_with_its_last_day_and_open_cases_run_off() -> None:
    line = AnnexLine(
        procedure="p", hashes=("0" * 64,), offices=(), purposes=(), ceiling="RED", run_off_days=30
    )
    annex = annex_of(line, replace(line, procedure="q", run_off_days=None), until=date(2026, 12, 31))
    made = Instrument("IN-" + "0" * 32, annex, True)

    assert made.starts_at() == datetime(2026, 1, 5, tzinfo=UTC)
    assert made.ends_at() == datetime(2027, 1, 1, tzinfo=UTC)
    assert [made.stops_at(of) for of in annex.lines] == [
        datetime(2027, 1, 31, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    ]
    ended = replace(made, ended_at=datetime(2026, 6, 1, 12, tzinfo=UTC))
    assert ended.ends_at() == datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_an_annex_has_at_most_200_lines() -> None:
    line = AnnexLine(procedure="p", hashes=("0" * 64,), offices=(), purposes=(), ceiling="RED")
    lines = tuple(replace(line, procedure=f"p{n}") for n in range(LINES_MAX + 1))
    annex = annex_of(*lines)

    with pytest.raises(Malformed, match="at most 200 lines"):
        parse_annex(annex_json(annex))
    assert parse_annex(annex_json(replace(annex, lines=lines[:-1]))).line("p199") == lines[199]


def test_a_line_names_an_office_and_its_own_partys_terms() -> None:
    terms = Terms("IN", "reply", 21, "working-days", "in.example", "no-consent")
    line = AnnexLine(
        procedure="p",
        hashes=("0" * 64,),
        offices=(("IN", ("IN/CBN",)),),
        purposes=(),
        ceiling="RED",
        terms=(terms,),
    )
    annex = replace(annex_of(line), calendars=(("in.example", "1" * 64),))

    assert [line.names(office) for office in ("IN/CBN", "US/DEA")] == [True, False]
    assert [line.terms_of(party, "reply") for party in ("IN", "US")] == [terms, None]
    assert (annex.line("p"), annex.line("q")) == (line, None)
    assert (annex.calendar_hash("in.example"), annex.calendar_hash("us.example")) == ("1" * 64, None)


# ------------------------------------------------------------------------------- the founding note


def directory(party: str, *procedures: tuple[str, str]) -> Directory:
    offices = (Office(f"{party}/AA", Name("a", "अ"), secretariat=True), Office(f"{party}/BB", Name("b", "ब")))
    return Directory(party, 1, BEGAN, Name(party, party), True, bytes(32), offices, (), tuple(procedures))


TABLES = st.lists(
    st.tuples(
        st.sampled_from(
            ["dialogue.session", "instrument.negotiation", "oversight.visit", "pre-export", "dialogues"]
        ),
        HASHES,
    ),
    max_size=6,
    unique=True,
)


@given(TABLES, TABLES)
def test_the_founding_annex_is_the_same_for_both_and_switches_on_no_exchange(
    ours: list[tuple[str, str]], theirs: list[tuple[str, str]]
) -> None:
    one, other = directory("IN", *ours), directory("US", *theirs)
    annex = founding_annex(one, other)

    assert founding_annex(other, one) == annex
    assert parse_annex(annex_json(annex)) == annex
    named = {(line.procedure, digest) for line in annex.lines for digest in line.hashes}
    assert named == {
        (name, digest)
        for name, digest in set(ours) & set(theirs)
        if name.startswith(("dialogue.", "instrument.", "oversight."))
    }
    for line in annex.lines:
        assert line.offices == (("IN", ("IN/AA",)), ("US", ("US/AA",)))
        assert line.purposes == ("dialogue",)


# ----------------------------------------------------------------------------------- its standing

MARKING = Marking(
    owner="IN", tlp="AMBER", releasable_to=("US",), purpose="dialogue", retain_until=date(2031, 1, 1)
)
TABLE = Procedure(id="instrument.example", version=1, roles=("a", "b"), steps=(), final=())


def line_of(says: str, state: str, effect: Effect = Effect.MOVED, at: datetime | None = BEGAN) -> Line:
    turn = Turn(
        pairing="0" * 64,
        sender="IN",
        receiver="US",
        case="IN-" + "0" * 32,
        n=1,
        prev=None,
        seen=None,
        procedure=TABLE.id,
        table=TABLE.hash,
        under=Under(FOUNDING_NOTE),
        says=says,
        office="IN/AA",
        addressed="US/AA",
        by=1,
        released_by=None,
        said_at=BEGAN,
        exercise=True,
        marking=MARKING,
    )
    return Line(Said(turn, canonical.digest(f"{says} {state}".encode()), Verdict.ACCEPTED, at), effect, state)


def standing(state: str, *lines: Line) -> Standing:
    return Standing(TABLE, "IN", "US", state=state, lines=lines)


ANNEX = replace(annex_of(), notice_days=90)


@pytest.mark.parametrize(
    ("state", "signed"),
    [("start", False), ("proposed", False), ("in-force", True), ("terminated", True), ("expired", True)],
)
def test_an_instrument_binds_once_both_have_signed_and_its_end_does_not_undo_that(
    state: str, signed: bool
) -> None:
    assert in_force("IN-" + "0" * 32, standing(state), ANNEX).signed is signed


def test_a_termination_ends_it_when_the_notice_has_run_from_its_acceptance() -> None:
    terminated = line_of("terminate", "terminated")
    made = in_force("IN-" + "0" * 32, standing("terminated", terminated), ANNEX)

    assert made.ended_at == BEGAN + 90 * DAY
    for without_effect in (
        line_of("terminate", "terminated", Effect.CROSSED),
        line_of("terminate", "terminated", at=None),
    ):
        assert in_force("IN-" + "0" * 32, standing("in-force", without_effect), ANNEX).ended_at is None


def test_the_text_on_the_table_is_the_last_one_that_took_effect() -> None:
    first, second = line_of("propose", "proposed"), line_of("amend", "amended")
    crossed = line_of("amend", "crossed", Effect.CROSSED)
    case = standing("signed", first, second, crossed, line_of("sign", "signed"))

    assert latest_text(case, ("propose", "amend")) == second.said.hash
    assert latest_text(standing("start"), ("propose", "amend")) is None
