"""Instruments: what two governments signed, as the terms that both nodes enforce.

The annex of an instrument switches procedures on. Each line names a procedure and the
hashes of its tables that are accepted, the offices on each side, purposes, the marking
ceiling, each party's clocks, and what open cases do when the instrument ends. No line, no
exchange. The founding note of a pairing has the same form and switches on only
`dialogue.*`, `instrument.*` and `oversight.*`, between the two secretariats.

An instrument is itself a case. `in_force` reads its standing; the annex is in the content
of the last text that was proposed.

Deliberately not here: negotiating (a procedure in `tracks.dialogue`), opening bodies, and
the present time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, cast

from comity.core import fields
from comity.core.canonical import JsonObject
from comity.core.case import Effect, Standing
from comity.core.clock import COUNTINGS, DAYS_MAX, YEAR_MAX, YEAR_MIN, Calendar, Counting, Due, Offset
from comity.core.errors import Malformed
from comity.core.keys import Directory
from comity.core.marking import LEVELS, parse_day
from comity.core.procedure import SILENCES, Silence

FOUNDING_PREFIXES: Final = ("dialogue.", "instrument.", "oversight.")
FOUNDING_PURPOSE: Final = "dialogue"
STATE_IN_FORCE: Final = "in-force"
STATES_ENDED: Final = ("terminated", "expired")
LINES_MAX: Final = 200
TERM: Final = "term"
"""The clock slot whose end is not a number of days but the `until` of the text signed."""
COMMON_TIME: Final = Calendar(
    id="UTC",
    version=1,
    years=(),
    rest_weekdays=(),
    holidays=(),
    offsets=(Offset(datetime(1970, 1, 1, tzinfo=UTC), 0),),
    capital="UTC",
    source="an instrument's dates are days of Coordinated Universal Time on both sides",
    verified=True,
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the annex fills into a clock slot for the party that owns the wait."""

    party: str
    clock: str
    days: int
    counting: Counting
    calendar: str
    silence: Silence


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnexLine:
    """One procedure, switched on. `run_off_days=None`: open cases stop when it ends."""

    procedure: str
    hashes: tuple[str, ...]
    offices: tuple[tuple[str, tuple[str, ...]], ...]
    purposes: tuple[str, ...]
    ceiling: str
    terms: tuple[Terms, ...] = ()
    run_off_days: int | None = None

    def names(self, office: str) -> bool:
        """Return whether the line names this office, on its own party's side."""
        return any(office in addresses for _, addresses in self.offices)

    def terms_of(self, party: str, clock: str) -> Terms | None:
        """Return the party's terms for a clock slot, or None where the annex has none."""
        return next((t for t in self.terms if (t.party, t.clock) == (party, clock)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Annex:
    """`calendars` pins each calendar by hash; `notice_days` runs from an accepted termination."""

    in_force_from: date
    until: date | None
    notice_days: int
    lines: tuple[AnnexLine, ...]
    calendars: tuple[tuple[str, str], ...] = ()

    def line(self, procedure: str) -> AnnexLine | None:
        """Return the line that switches `procedure` on, or None."""
        return next((line for line in self.lines if line.procedure == procedure), None)

    def calendar_hash(self, name: str) -> str | None:
        """Return the hash of the calendar that the annex pins under `name`."""
        return dict(self.calendars).get(name)


@dataclass(frozen=True, slots=True)
class Instrument:
    """An instrument as it stood for a speaker: signed or not, and when it ended.

    `case` is its case id, or `founding`.
    """

    case: str
    annex: Annex
    signed: bool
    ended_at: datetime | None = None

    def ends_at(self) -> datetime | None:
        """Return the instant from which it opens no new case, or None."""
        until = self.annex.until
        expires = None if until is None else _midnight(until + timedelta(days=1))
        ends = [at for at in (expires, self.ended_at) if at is not None]
        return min(ends, default=None)

    def starts_at(self) -> datetime:
        """Return the instant from which it is in force, if signed."""
        return _midnight(self.annex.in_force_from)

    def stops_at(self, line: AnnexLine) -> datetime | None:
        """Return the instant from which open cases under `line` may not go on, or None."""
        ends = self.ends_at()
        return None if ends is None else ends + timedelta(days=line.run_off_days or 0)


def term_due(annex: Annex) -> Due | None:
    """Return when the term of an instrument is over; None where its text has no end."""
    if annex.until is None:
        return None
    words = f"the term that both signed ends with {annex.until:%d %B %Y}"
    return Due(_midnight(annex.until + timedelta(days=1)), annex.until, False, (), words)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def in_force(case: str, standing: Standing, annex: Annex) -> Instrument:
    """Return the instrument that a case's standing and its last proposed annex make."""
    signed = standing.state == STATE_IN_FORCE or standing.state in STATES_ENDED
    ended_at = None
    for line in standing.lines:
        if line.effect is Effect.MOVED and line.state in STATES_ENDED and line.said.at is not None:
            ended_at = line.said.at + timedelta(days=annex.notice_days)
    return Instrument(case, annex, signed, ended_at)


def founding_annex(one: Directory, other: Directory) -> Annex:
    """Return the annex of the founding note, a function of the two directories alone.

    It names the tables that both nodes can run.
    """
    shared = sorted(set(one.procedures) & set(other.procedures))
    accepted: dict[str, list[str]] = {}
    for name, value in shared:
        if name.startswith(FOUNDING_PREFIXES):
            accepted.setdefault(name, []).append(value)
    offices = tuple(sorted((side.party, (side.secretariat.address,)) for side in (one, other)))
    lines = tuple(
        AnnexLine(
            procedure=name,
            hashes=tuple(hashes),
            offices=offices,
            purposes=(FOUNDING_PURPOSE,),
            ceiling="AMBER+STRICT",
        )
        for name, hashes in accepted.items()
    )
    return Annex(in_force_from=date(2000, 1, 1), until=None, notice_days=0, lines=lines)


def annex_json(annex: Annex) -> JsonObject:
    """Return the annex as it stands in an instrument's text."""
    return {
        "calendars": dict(annex.calendars),
        "in-force-from": annex.in_force_from.isoformat(),
        "lines": [_line_json(line) for line in annex.lines],
        "notice-days": annex.notice_days,
        "until": None if annex.until is None else annex.until.isoformat(),
    }


def _line_json(line: AnnexLine) -> JsonObject:
    return {
        "ceiling": line.ceiling,
        "clocks": [
            {
                "calendar": terms.calendar,
                "clock": terms.clock,
                "counting": terms.counting,
                "days": terms.days,
                "party": terms.party,
                "silence": terms.silence,
            }
            for terms in line.terms
        ],
        "hashes": list(line.hashes),
        "offices": {party: list(addresses) for party, addresses in line.offices},
        "procedure": line.procedure,
        "purposes": list(line.purposes),
        "run-off-days": line.run_off_days,
    }


def parse_annex(value: JsonObject) -> Annex:
    """Return the annex that `value` holds; raise `Malformed` otherwise."""
    fields.only(value, frozenset({"calendars", "in-force-from", "lines", "notice-days", "until"}), "annex")
    until = fields.text_or_none(value, "until")
    calendars = fields.object_(value, "calendars")
    lines = tuple(_parse_line(item) for item in fields.objects(value, "lines"))
    annex = Annex(
        in_force_from=parse_day(fields.text(value, "in-force-from"), "in-force-from"),
        until=None if until is None else parse_day(until, "until"),
        notice_days=fields.integer(value, "notice-days", most=DAYS_MAX),
        lines=lines,
        calendars=tuple((name, fields.hash_(calendars, name)) for name in sorted(calendars)),
    )
    _check_annex(annex)
    return annex


def _check_annex(annex: Annex) -> None:
    names = [line.procedure for line in annex.lines]
    if len(names) > LINES_MAX or len(set(names)) != len(names):
        raise Malformed(f"annex: expected at most {LINES_MAX} lines, each procedure once")
    first, last = annex.in_force_from, annex.until or annex.in_force_from
    if not YEAR_MIN <= first.year <= last.year <= YEAR_MAX or last < first:
        raise Malformed(
            f"annex: expected a term within the years {YEAR_MIN} to {YEAR_MAX} that ends after it begins"
        )
    for line in annex.lines:
        for terms in line.terms:
            if annex.calendar_hash(terms.calendar) is None:
                raise Malformed(
                    f"annex: the clock {terms.clock} of {terms.party} names the calendar {terms.calendar}, "
                    "which the annex does not pin"
                )


def _parse_line(value: JsonObject) -> AnnexLine:
    keys = "ceiling clocks hashes offices procedure purposes run-off-days".split()
    fields.only(value, frozenset(keys), "annex line")
    offices = fields.object_(value, "offices")
    hashes = tuple(fields.hash_({"hash": item}, "hash") for item in fields.texts(value, "hashes"))
    if not hashes:
        raise Malformed("annex line: expected at least one accepted hash")
    return AnnexLine(
        procedure=fields.text(value, "procedure"),
        hashes=hashes,
        offices=tuple((party, fields.texts(offices, party)) for party in sorted(offices)),
        purposes=fields.texts(value, "purposes"),
        ceiling=fields.choice(value, "ceiling", LEVELS),
        terms=tuple(_parse_terms(item) for item in fields.objects(value, "clocks")),
        run_off_days=fields.integer_or_none(value, "run-off-days", most=DAYS_MAX),
    )


def _parse_terms(value: JsonObject) -> Terms:
    fields.only(value, frozenset({"calendar", "clock", "counting", "days", "party", "silence"}), "clock")
    return Terms(
        party=fields.text(value, "party"),
        clock=fields.text(value, "clock"),
        days=fields.integer(value, "days", least=1, most=DAYS_MAX),
        counting=cast(Counting, fields.choice(value, "counting", COUNTINGS)),
        calendar=fields.text(value, "calendar"),
        silence=cast(Silence, fields.choice(value, "silence", SILENCES)),
    )


def latest_text(standing: Standing, proposing: Iterable[str]) -> str | None:
    """Return the hash of the last effective turn whose saying put a text on the table."""
    says = frozenset(proposing)
    moved = (line for line in reversed(standing.lines) if line.effect is Effect.MOVED)
    return next((line.said.hash for line in moved if line.said.turn.says in says), None)
