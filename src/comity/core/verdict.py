"""Verdicts: may this turn be said? One list of small questions, asked in order.

*Accepted* and *refused* are final, signed and logged by both. They rest only on the turn's
own bytes, the turns that it names as seen, and facts that both parties signed (instrument,
directory, procedure): so both nodes, and any auditor, come to the same one, in whatever
order things arrived. *Not yet* is neither signed nor stored: something is not known here,
its time has not come by our clock, or we are full. It says which, and the sender asks
again.

The same list is asked before our own officer's turn is signed, by the peer when it
arrives, and by `evidence` when a stranger checks an export.

Deliberately not here: parsing and signatures (they come before), equivocation and limits
(the node, which sees what it holds), and anything that a node decides for itself: whether
to *release* something is asked in `node.disclosure`, never here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from comity.core import clock as clocks
from comity.core.case import Effect, Running, Said, Standing, Verdict
from comity.core.clock import Calendar, Due
from comity.core.fields import format_instant
from comity.core.instrument import COMMON_TIME, TERM, Annex, AnnexLine, Instrument, term_due
from comity.core.keys import Key
from comity.core.marking import is_above
from comity.core.procedure import Procedure, Step
from comity.core.turn import Turn, Under

CLOCK_AHEAD_MAX: Final = timedelta(minutes=5)
"""How far a peer's clock may be ahead of ours before its turns wait."""
DETAIL_CHARACTERS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its code, and the values for the code's sentence."""

    kind: Literal["accepted", "refused", "not-yet"]
    code: str | None = None
    detail: tuple[tuple[str, str], ...] = ()


ACCEPTED: Final = Judgement("accepted")


def refused(code: str, **detail: str) -> Judgement:
    """Return a refusal: final, signed and logged."""
    return Judgement("refused", code, _short(detail))


def not_yet(code: str, **detail: str) -> Judgement:
    """Return a "not yet": neither signed nor stored."""
    return Judgement("not-yet", code, _short(detail))


def _short(detail: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """What a turn says may fill its whole payload; a verdict that quotes it must still fit in one."""
    return tuple((name, text[:DETAIL_CHARACTERS_MAX]) for name, text in sorted(detail.items()))


class Signed(Protocol):
    """What both parties signed, as far as it is known here."""

    def procedure(self, table: str) -> Procedure | None:
        """Return the procedure with that hash, or None if it is not here."""

    def instrument(self, under: Under, sender: str) -> Instrument | None:
        """Return the instrument as it stood after the turns that `under` names; None if not here."""

    def calendar(self, digest: str) -> Calendar | None:
        """Return the calendar with that hash, or None if it is not here."""

    def text(self, standing: Standing) -> Annex | None:
        """Return the annex of the text on the table, where the case is an instrument's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything a verdict rests on.

    `sender` is the party the turn came from, `key` the one that its signature verified
    under, `past` the standing at what the turn names as seen, `known` every turn of the
    case that is here. `body` is what was found of the body: `ok`, `missing`, or the code of a
    refusal with its detail. `now` decides only "not yet".
    """

    turn: Turn
    pairing: str
    sender: str
    receiver: str
    exercise: bool
    key: Key | None
    known: tuple[Said, ...]
    past: Standing | None
    signed: Signed
    body: Judgement
    now: datetime


_Check = Callable[[Question], Judgement | None]


def judge(question: Question) -> Judgement:
    """Return the verdict on a turn: the first objection, or that it is accepted."""
    for check in _CHECKS:
        objection = check(question)
        if objection is not None:
            return objection
    return ACCEPTED


def _proved(q: Question) -> Judgement | None:
    """Asked first: a turn whose key we do not know is nobody's, and nothing final is said of it."""
    return not_yet("unknown-key") if q.key is None else None


def _pairing(q: Question) -> Judgement | None:
    return None if q.turn.pairing == q.pairing else refused("other-pairing")


def _party(q: Question) -> Judgement | None:
    if (q.turn.sender, q.turn.receiver) == (q.sender, q.receiver):
        return None
    return refused("other-party", claimed=q.turn.sender, sender=q.sender)


def _key(q: Question) -> Judgement | None:
    if q.key is None or q.key.use != "office-signing" or q.key.office != q.turn.office:
        return refused("wrong-key", office=q.turn.office)
    if not q.key.is_valid(q.turn.said_at):
        return refused("key-not-valid", office=q.turn.office)
    return None


def _time(q: Question) -> Judgement | None:
    if q.turn.said_at <= q.now + CLOCK_AHEAD_MAX:
        return None
    return not_yet("clock-ahead", said=format_instant(q.turn.said_at))


def _chain(q: Question) -> Judgement | None:
    """The slot before is here and is the one named; so is what the turn has seen."""
    turn = q.turn
    before = next((s for s in q.known if (s.turn.sender, s.turn.n) == (turn.sender, turn.n - 1)), None)
    if turn.n > 1 and before is None:
        return not_yet("predecessor-missing")
    if turn.seen is None and not turn.case.startswith(f"{turn.sender}-"):
        return refused("case-name", case=turn.case)
    if before is not None and before.hash != turn.prev:
        return refused("broken-chain", slot=str(turn.n - 1))
    return _seen(q)


def _seen(q: Question) -> Judgement | None:
    """What it names as seen is an accepted turn of the other side, and not before what it had seen."""
    places = {said.hash: said for said in q.known}
    mine = (s.turn for s in q.known if s.turn.sender == q.turn.sender and s.turn.n < q.turn.n)
    named = [places[turn.seen] for turn in mine if turn.seen in places]
    theirs = (s for s in named if s.turn.sender != q.turn.sender and s.verdict is not Verdict.REFUSED)
    earlier = max((said.turn.n for said in theirs), default=0)
    if q.turn.seen is None:
        return refused("seen-wrong") if earlier else None
    seen = places.get(q.turn.seen)
    if seen is None:
        return not_yet("predecessor-missing")
    if any(_is_unsettled(said, q.receiver, seen.turn.n) for said in q.known):
        # The sender has judged all of these; until its verdicts are here, our view of what it
        # had seen is not its own (a refused turn would count, a clock would have no start).
        return not_yet("predecessor-missing")
    if seen.turn.sender == q.turn.sender or seen.verdict is Verdict.REFUSED or seen.turn.n < earlier:
        return refused("seen-wrong")
    return None


def _is_unsettled(said: Said, receiver: str, until: int) -> bool:
    return said.turn.sender == receiver and said.turn.n <= until and said.verdict is Verdict.PENDING


def _exercise(q: Question) -> Judgement | None:
    want = q.exercise or _opening(q).exercise
    return None if q.turn.exercise == want else refused("exercise-mark")


def _table(q: Question) -> Judgement | None:
    first = _opening(q)
    if (q.turn.procedure, q.turn.table) != (first.procedure, first.table):
        return refused("other-procedure", procedure=first.procedure)
    procedure = q.signed.procedure(q.turn.table)
    if procedure is None:
        return not_yet("unknown-procedure")
    return None if procedure.id == q.turn.procedure else refused("other-procedure", procedure=procedure.id)


def _opening(q: Question) -> Turn:
    """The turn that opened the case: the opener's first that was not refused, or this one."""
    opener = q.turn.case.partition("-")[0]
    live = [s.turn for s in q.known if s.turn.sender == opener and s.verdict is not Verdict.REFUSED]
    return min(live, key=lambda turn: turn.n, default=q.turn)


def _line(q: Question) -> tuple[Instrument, AnnexLine] | Judgement:
    """The annex line that the case was opened under, with its instrument as it stood then."""
    first = _opening(q)
    instrument = q.signed.instrument(first.under, first.sender)
    if instrument is None:
        return not_yet("instrument-unknown")
    if not instrument.signed:
        return refused("instrument-not-in-force")
    line = instrument.annex.line(first.procedure)
    if line is None or first.table not in line.hashes:
        return refused("not-switched-on", procedure=first.procedure)
    return instrument, line


def _in_force(q: Question) -> Judgement | None:
    if q.turn.under.instrument != _opening(q).under.instrument:
        return refused("other-instrument")
    found = _line(q)
    if isinstance(found, Judgement):
        return found
    pinned, line = found
    current = q.signed.instrument(q.turn.under, q.turn.sender)
    if current is None:
        return not_yet("instrument-unknown")
    starts = pinned.starts_at()
    if q.turn.said_at < starts:
        return refused("before-in-force", day=starts.date().isoformat())
    if q.now < starts:
        return not_yet("instrument-not-yet", day=starts.date().isoformat())
    opens = _opening(q) is q.turn  # also where its slots before were refused: nothing is open yet
    stops = current.ends_at() if opens else current.stops_at(line)
    if stops is not None and q.turn.said_at >= stops:
        return refused("instrument-ended", day=stops.date().isoformat())
    return None


def _offices(q: Question) -> Judgement | None:
    found = _line(q)
    if isinstance(found, Judgement):
        return found
    _, line = found
    for office, party in ((q.turn.office, q.turn.sender), (q.turn.addressed, q.turn.receiver)):
        if not line.names(office) or not office.startswith(f"{party}/"):
            return refused("office-not-named", office=office, procedure=q.turn.procedure)
    before = [line.said.turn for line in q.past.lines if line.effect is not Effect.REFUSED] if q.past else []
    asked, spoke = {turn.addressed for turn in before}, {turn.office for turn in before}
    if spoke and q.turn.office not in asked | spoke:
        return refused("office-not-asked", office=q.turn.office)
    return None


def _marking(q: Question) -> Judgement | None:
    found = _line(q)
    if isinstance(found, Judgement):
        return found
    _, line = found
    marking = q.turn.marking
    if marking.purpose not in line.purposes:
        return refused("purpose-not-named", purpose=marking.purpose, procedure=q.turn.procedure)
    if is_above(marking.tlp, line.ceiling):
        return refused("above-ceiling", tlp=marking.tlp, ceiling=line.ceiling)
    if q.receiver not in marking.releasable_to:
        return refused("not-releasable", party=q.receiver)
    return None


def _step(q: Question) -> Step | None:
    if q.past is None:
        return None
    return q.past.procedure.step(q.past.state, q.past.role(q.turn.sender), q.turn.says)


def _turn_of(q: Question) -> Judgement | None:
    if _step(q) is not None:
        return None
    state = q.past.state if q.past else "start"
    return refused("out-of-turn", state=state, party=q.turn.sender, says=q.turn.says)


def _body(q: Question) -> Judgement | None:
    step, body = _step(q), q.turn.body
    expected, got = step.body if step else None, body.type if body else None
    schema = q.past.procedure.schema_hash(expected) if q.past and expected else None
    if expected != got or (body is not None and body.schema != schema):
        return refused("wrong-body", says=q.turn.says, expected=expected or "no body", got=got or "no body")
    return None if body is None or q.body == ACCEPTED else q.body


def _gates(q: Question) -> Judgement | None:
    step = _step(q)
    for name in step.gates if step and q.past else ():
        found = next((a for a in q.turn.attests if a.gate == name), None)
        if found is None:
            return refused("gate-unattested", gate=name)
        if found.override and q.past and q.past.procedure.gate(name).override == "never":
            return refused("gate-never-opened", gate=name)
        if found.override and len(set(found.by)) != 2:
            return refused("gate-unattested", gate=name)
    return None


def _hands(q: Question) -> Judgement | None:
    step = _step(q)
    alone = q.turn.released_by is None or q.turn.released_by == q.turn.by
    return refused("one-hand", says=q.turn.says) if step and step.four_eyes and alone else None


def _declared(q: Question) -> Judgement | None:
    step, declared = _step(q), q.turn.declares
    named = declared.clock if declared else None
    if step is None or step.declares != named:
        return refused("clock-not-declared", says=q.turn.says, clock=(step and step.declares) or "—")
    if declared is None or q.past is None:
        return None
    due = due_of(q.past, declared.clock, q.signed)
    if isinstance(due, Judgement):
        return due
    if due.silence != step.silence:
        return refused("silence-means-otherwise", party=due.owner, silence=str(step.silence))
    if due.due.at != declared.due_at:
        day, got = due.due.at.date().isoformat(), declared.due_at.date().isoformat()
        return refused("clock-disagrees", clock=named or "", due=day, got=got)
    return None if q.turn.said_at >= due.due.at else refused("not-run-out", clock=named or "")


_CHECKS: Final[tuple[_Check, ...]] = (
    _proved,
    _pairing,
    _party,
    _time,
    _chain,
    _key,
    _exercise,
    _table,
    _in_force,
    _offices,
    _marking,
    _turn_of,
    _body,
    _gates,
    _hands,
    _declared,
)


@dataclass(frozen=True, slots=True)
class DueClock:
    """A running clock with the annex's terms filled in. `due` is None while it is paused."""

    name: str
    owner: str
    silence: str
    due: Due
    days: int
    counting: str
    calendar: Calendar


def due_of(standing: Standing, name: str, signed: Signed) -> DueClock | Judgement:
    """Return when a running clock of the case is due, by what both parties signed.

    A judgement where it does not run, pauses, or its terms or calendar are not here.
    """
    running = next((clock for clock in standing.clocks if clock.slot.name == name), None)
    if running is None or not running.spans or running.paused:
        return refused("clock-not-running", clock=name)
    if name == TERM:
        return _term(running, signed.text(standing))
    first = next(line.said.turn for line in standing.lines if line.effect is Effect.MOVED)
    instrument = signed.instrument(first.under, first.sender)
    line = instrument.annex.line(first.procedure) if instrument else None
    terms = line.terms_of(running.owner, name) if line else None
    if instrument is None or terms is None:
        return refused("clock-not-running", clock=name)
    calendar = signed.calendar(instrument.annex.calendar_hash(terms.calendar) or "")
    if calendar is None:
        return not_yet("unknown-calendar")
    due = clocks.due_after_pauses(running.spans, terms.days, terms.counting, calendar)
    if due is None:
        return refused("clock-not-running", clock=name)
    return DueClock(name, running.owner, terms.silence, due, terms.days, terms.counting, calendar)


def _term(running: Running, annex: Annex | None) -> DueClock | Judgement:
    due = term_due(annex) if annex else None
    if annex is None or due is None:
        return refused("clock-not-running", clock=TERM)
    days = (due.on - annex.in_force_from).days
    return DueClock(TERM, running.owner, "lapse", due, days, "calendar-days", COMMON_TIME)


def due_clocks(standing: Standing, signed: Signed) -> Iterator[DueClock]:
    """Yield every clock of the case that runs, with when it is due."""
    for running in standing.clocks:
        found = due_of(standing, running.slot.name, signed)
        if isinstance(found, DueClock):
            yield found
