"""Where a case stands: a function of the *set* of its turns.

Read this file to understand a conversation. Two governments speak in turns that each
numbers for itself. A turn names the last turn of the other side that its speaker had
accepted (`seen`), so the two lists form a web, not a line, and `fold` lays that web out:

1. A turn is ready once all that its speaker had seen has been laid out.
2. If only one side has a ready turn, it is laid out next and moves the case by its row
   of the table.
3. If both have one, neither had seen the other: they have *crossed*. The table names the
   winner; the loser is kept and shown, without effect.
4. A turn whose speaker had not seen an effective turn of the other side is without
   effect too: it went on from a place where the case no longer was.
5. A refused turn spends its slot and moves nothing.

Nothing depends on the order in which turns arrived or on how often: shuffle and repeat
the input and the result is the same. Nothing reads a clock: a case that waits has clocks
with starting instants (the addressee's signed acceptance), and whether one has run out is
asked elsewhere, with the time as an argument.

Deliberately not here: whether a turn may be said (`verdict`), what the bodies contain,
signatures, and storage.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from comity.core.procedure import START, ClockSlot, Procedure, Step, wins
from comity.core.turn import Turn


class Verdict(StrEnum):
    """What has been said about a turn so far; `PENDING` means nothing yet."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Effect(StrEnum):
    """What became of a turn in the case."""

    MOVED = "moved"
    CROSSED = "crossed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Said:
    """A turn, its hash, and the verdict on it with its instant, as far as known here."""

    turn: Turn
    hash: str
    verdict: Verdict = Verdict.PENDING
    at: datetime | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One turn laid out: what became of it, and where the case was afterwards.

    `crossed` is the hash of the turn that it lost to. A provisional line moved the case
    for its speaker only, until the other side's acceptance is logged.
    """

    said: Said
    effect: Effect
    state: str
    crossed: str | None = None

    @property
    def provisional(self) -> bool:
        return self.said.verdict is Verdict.PENDING and self.effect is Effect.MOVED


@dataclass(frozen=True, slots=True)
class Running:
    """A clock: its slot, the party that owns the wait, and the spans in which it ran.

    A span is (start, end); the end is None while it runs. A clock starts when the
    addressee accepted the turn that started it; until then it has no spans.
    """

    slot: ClockSlot
    owner: str
    spans: tuple[tuple[datetime, datetime | None], ...]

    @property
    def paused(self) -> bool:
        return bool(self.spans) and self.spans[-1][1] is not None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stands.

    `state` and `lines` are the conversation; `clocks` those that run or pause now.
    `opener` is the party with the procedure's first role, `other` the second. `waiting`
    holds turns that cannot be laid out because something they had seen is not here.
    """

    procedure: Procedure
    opener: str
    other: str
    state: str = START
    lines: tuple[Line, ...] = ()
    clocks: tuple[Running, ...] = ()
    waiting: tuple[Said, ...] = ()

    @property
    def closed(self) -> bool:
        return self.state in self.procedure.final

    @property
    def provisional(self) -> bool:
        """Return whether something here is said but not yet accepted."""
        return any(line.provisional for line in self.lines)

    def role(self, party: str) -> str:
        """Return the role in which `party` speaks."""
        return self.procedure.roles[0] if party == self.opener else self.procedure.roles[1]

    def party(self, role: str) -> str:
        """Return the party that speaks in `role`."""
        return self.opener if role == self.procedure.roles[0] else self.other

    @property
    def turn_of(self) -> str | None:
        """Return the party whose turn it is; None when the case is closed."""
        speaker = self.procedure.speaker(self.state)
        return None if speaker is None else self.party(speaker)

    def may_say(self, party: str) -> tuple[Step, ...]:
        """Return the steps by which `party` may go on from here."""
        return self.procedure.may_say(self.state, self.role(party))

    def head(self, party: str) -> Said | None:
        """Return the last turn of `party`, refused ones included: the next one's `prev`."""
        return max(self._of(party), key=lambda said: said.turn.n, default=None)

    def seen(self, party: str) -> Said | None:
        """Return the last accepted turn of `party`: the other side's next `seen`."""
        accepted = (said for said in self._of(party) if said.verdict is Verdict.ACCEPTED)
        return max(accepted, key=lambda said: said.turn.n, default=None)

    def _of(self, party: str) -> list[Said]:
        every = [*(line.said for line in self.lines), *self.waiting]
        return [said for said in every if said.turn.sender == party]


_NO_ONE: Final = -1


@dataclass(slots=True)
class _Side:
    """One party's accepted and pending turns in slot order, and how far they are laid out."""

    turns: list[Said]
    sees: list[int]
    done: int = 0
    effective: int = 0

    def next(self, other: "_Side") -> Said | None:
        """Return the next turn if everything that it had seen is laid out."""
        if self.done == len(self.turns) or not 0 <= self.sees[self.done] <= other.done:
            return None
        return self.turns[self.done]

    def overtaken(self, other: "_Side") -> bool:
        """Return whether the next turn had not seen an effective turn of the other side."""
        return self.sees[self.done] < other.effective


def fold(procedure: Procedure, opener: str, other: str, saids: Iterable[Said]) -> Standing:
    """Return where the case stands after this set of turns, in whatever order given.

    `saids` may hold a turn twice; the same slot with two hashes is equivocation, which the
    node keeps out: of two, the one with the smaller hash is laid out.
    """
    slots: dict[tuple[str, int], Said] = {}
    for said in sorted(saids, key=_rank):
        slots.setdefault((said.turn.sender, said.turn.n), said)
    ordered = list(slots.values())
    refused = [said for said in ordered if said.verdict is Verdict.REFUSED]
    live = [said for said in ordered if said.verdict is not Verdict.REFUSED]
    ours = [said for said in live if said.turn.sender == opener]
    theirs = [said for said in live if said.turn.sender != opener]
    first, second = _Side(ours, _sees(ours, theirs)), _Side(theirs, _sees(theirs, ours))
    standing = _lay_out(Standing(procedure, opener, other), first, second)
    waiting = (*ours[first.done :], *theirs[second.done :])
    return _with_refused(replace(standing, waiting=waiting), refused)


def extend(standing: Standing, said: Said) -> Standing | None:
    """Return the standing after one more turn that has seen everything, without a new fold.

    None where the turn has not seen everything, or anything is open: then `fold` it. The
    laws in the tests hold the two to the same result.
    """
    turn = said.turn
    rival = standing.other if turn.sender == standing.opener else standing.opener
    mine, seen = standing.head(turn.sender), standing.seen(rival)
    settled = not standing.waiting and not standing.provisional and said.verdict is not Verdict.REFUSED
    follows = turn.prev == (mine.hash if mine else None) and turn.seen == (seen.hash if seen else None)
    if not (settled and follows and turn.n == (mine.turn.n + 1 if mine else 1)):
        return None
    return _move(standing, said)


def past(procedure: Procedure, opener: str, other: str, saids: Iterable[Said], turn: Turn) -> Standing:
    """Return where the case stood for the speaker of `turn`: all that it names as seen.

    This, and not what has arrived here, is what a verdict on the turn rests on.
    """
    known = list(saids)
    theirs = (said for said in known if said.turn.sender != turn.sender)
    seen = next((said.turn.n for said in theirs if said.hash == turn.seen), 0)
    before = [
        said
        for said in known
        if (said.turn.n < turn.n if said.turn.sender == turn.sender else said.turn.n <= seen)
    ]
    return fold(procedure, opener, other, before)


def _rank(said: Said) -> tuple[int, str, bool, str, str, str]:
    """Return the order in which turns take their slots: of two copies, one with its verdict first."""
    pending = said.verdict is Verdict.PENDING
    return said.turn.n, said.hash, pending, said.verdict, str(said.at), str(said.code)


def _sees(turns: Sequence[Said], others: Sequence[Said]) -> list[int]:
    """For each turn, how many of the other side's accepted turns its speaker had seen."""
    count = {said.hash: index + 1 for index, said in enumerate(others)}
    return [0 if said.turn.seen is None else count.get(said.turn.seen, _NO_ONE) for said in turns]


def _lay_out(standing: Standing, first: _Side, second: _Side) -> Standing:
    while True:
        ours, theirs = first.next(second), second.next(first)
        if ours is not None and first.overtaken(second):
            standing = _lost(standing, ours, second.turns[second.effective - 1])
            first.done += 1
        elif theirs is not None and second.overtaken(first):
            standing = _lost(standing, theirs, first.turns[first.effective - 1])
            second.done += 1
        elif ours is not None and theirs is not None:
            standing = _cross(standing, first, second)
        elif ours is not None:
            standing = _move(standing, ours)
            first.done = first.effective = first.done + 1
        elif theirs is not None:
            standing = _move(standing, theirs)
            second.done = second.effective = second.done + 1
        else:
            return standing


def _cross(standing: Standing, first: _Side, second: _Side) -> Standing:
    one, two = first.turns[first.done], second.turns[second.done]
    rows = [_row(standing, said) for said in (one, two)]
    first_wins = rows[1] is None or (rows[0] is not None and wins(rows[0], rows[1]))
    winner, loser = (one, two) if first_wins else (two, one)
    side = first if first_wins else second
    first.done += 1
    second.done += 1
    side.effective = side.done
    return _lost(_move(standing, winner), loser, winner)


def _row(standing: Standing, said: Said) -> Step | None:
    return standing.procedure.step(standing.state, standing.role(said.turn.sender), said.turn.says)


def _lost(standing: Standing, loser: Said, winner: Said) -> Standing:
    line = Line(loser, Effect.CROSSED, standing.state, crossed=winner.hash)
    return replace(standing, lines=(*standing.lines, line))


def _move(standing: Standing, said: Said) -> Standing:
    step = _row(standing, said)
    if step is None:
        # Only a refused turn has no row, and those never come here; a peer's turn that
        # was accepted against the table by other code is shown as without effect.
        return replace(standing, lines=(*standing.lines, Line(said, Effect.REFUSED, standing.state)))
    line = Line(said, Effect.MOVED, step.then)
    clocks = tuple(_clocks_after(standing, step, said.at))
    return replace(standing, state=step.then, lines=(*standing.lines, line), clocks=clocks)


def _clocks_after(standing: Standing, step: Step, at: datetime | None) -> Iterable[Running]:
    running = {clock.slot.name: clock for clock in standing.clocks}
    for slot in standing.procedure.clocks:
        before = running.get(slot.name)
        if step.then in slot.runs_in:
            fresh = before is None or step.says in slot.restarts_on
            yield _started(slot, standing.party(slot.owner), None if fresh else before, at)
        elif step.then in slot.paused_in and before is not None:
            yield _stopped(before, at)


def _started(slot: ClockSlot, owner: str, before: Running | None, at: datetime | None) -> Running:
    spans = before.spans if before else ()
    if at is None or (spans and spans[-1][1] is None):
        return Running(slot, owner, spans)
    # The two nodes' clocks differ: an instant before the pause began to the other is its end.
    start = max(at, spans[-1][1]) if spans and spans[-1][1] is not None else at
    return Running(slot, owner, (*spans, (start, None)))


def _stopped(clock: Running, at: datetime | None) -> Running:
    if at is None or not clock.spans or clock.spans[-1][1] is not None:
        return clock
    (started, _), rest = clock.spans[-1], clock.spans[:-1]
    return replace(clock, spans=(*rest, (started, max(at, started))))


def _with_refused(standing: Standing, refused: Sequence[Said]) -> Standing:
    """Put each refused turn behind its sender's turn before it; it moved nothing."""
    lines = list(standing.lines)
    for said in refused:
        place = next(
            (
                index + 1
                for index in range(len(lines) - 1, -1, -1)
                if lines[index].said.hash in (said.turn.prev, said.turn.seen)
            ),
            0,
        )
        state = lines[place - 1].state if place else START
        lines.insert(place, Line(said, Effect.REFUSED, state))
    return replace(standing, lines=tuple(lines))
