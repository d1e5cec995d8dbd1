"""Two nodes and the queues between them, walked through every conversation up to a bound.

A joint state is what is settled, and for each side the turns whose outcome is open: each
with how much of the other side's its speaker had accepted, and whether it is on the wire or
accepted. From there either side may say what the table allows at *its own* standing, or
judge the next turn that reaches it: accept it, or refuse it for any reason whatever. Where
a side stands is asked of `case.fold` itself, so what is walked here is what the nodes do.

What nothing can change any more is folded into one state and forgotten: that keeps the walk
finite, and lets conversations be of any length. The walk is breadth first, so the first
conversation that shows a fault is a shortest one. `docs/spec/soundness.md` says what is
explored, and why the rest need not be.

Deliberately not here: faults that can be read off the table alone, and the report
(`soundness`).
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final, NamedTuple

from comity.core.case import Effect, Line, Said, fold
from comity.core.marking import Marking
from comity.core.procedure import START, Procedure, wins
from comity.core.turn import FOUNDING_NOTE, Turn, Under


@dataclass(frozen=True, slots=True)
class Bound:
    """How far is looked: crossings that are not settled yet, and turns of one side on the wire.

    `queue` counts the turns of one side of which it knows no verdict. `crossings` counts
    those that are entangled at one time, not those of a whole conversation.
    """

    crossings: int = 2
    queue: int = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a table, and a shortest conversation that shows it.

    `kind` is stable and lower-kebab (`docs/spec/soundness.md` lists them). The
    conversation is empty where the fault lies in a place that no conversation reaches.
    """

    kind: str
    sentence: str
    conversation: tuple[str, ...] = ()


Event = tuple[str, str, str]
"""(role, "says", "accepts" or "refuses", the word that is said or judged)."""


def spell(events: Sequence[Event], other: dict[str, str]) -> tuple[str, ...]:
    """Return a conversation in words; a turn that nobody judged in it is on the wire."""
    judged: dict[str, int] = {}
    spoken: dict[str, int] = {}
    for role, verb, _ in events:
        if verb in ("accepts", "refuses"):
            judged[other[role]] = judged.get(other[role], 0) + 1
    lines: list[str] = []
    for index, (role, verb, says) in enumerate(events):
        if verb == "says":
            spoken[role] = spoken.get(role, 0) + 1
            wire = " (on the wire)" if spoken[role] > judged.get(role, 0) else ""
            lines.append(f"{role} says {says}{wire}")
        else:
            just_said = index > 0 and events[index - 1] == (other[role], "says", says)
            lines.append(f"{role} {verb} {'it' if just_said else says}")
    return tuple(lines)


class _Told(NamedTuple):
    """A turn whose outcome is still open for one side or both.

    `heard`: how many of the other side's entries its speaker had accepted. `taken`: the
    other side has accepted it; else it is on the wire. `shaken`: it was said on top of a
    turn that was then refused. `dead`: it lost, whatever comes; it only has to arrive.
    """

    says: str
    heard: int
    taken: bool = False
    shaken: bool = False
    dead: bool = False


_Side = tuple[_Told, ...]
_Joint = tuple[str, _Side, _Side]
_Web = tuple[tuple[str, int], ...]


class _Laid(NamedTuple):
    """What `fold` made of a web: the state, direct crossings, and what it could not decide.

    `first` is the side whose turn was laid out first.
    """

    state: str
    first: int
    crossings: int
    faults: tuple[tuple[str, str], ...]
    rowless: bool


_PARTIES: Final = ("AA", "BB")


def _blank() -> Turn:
    """Return a turn of which only slot, sender, word and `seen` matter."""
    some = datetime(2000, 1, 1, tzinfo=UTC)
    marking = Marking(
        owner=_PARTIES[0], tlp="RED", releasable_to=(), purpose="none", retain_until=date(2000, 1, 1)
    )
    return Turn(
        pairing="",
        sender=_PARTIES[0],
        receiver=_PARTIES[1],
        case="",
        n=1,
        prev=None,
        seen=None,
        procedure="",
        table="",
        under=Under(FOUNDING_NOTE),
        says="",
        office="",
        addressed="",
        by=1,
        released_by=None,
        said_at=some,
        exercise=True,
        marking=marking,
    )


class Walk:
    """One breadth-first walk of a procedure's joint states. Used once."""

    def __init__(self, procedure: Procedure, bound: Bound) -> None:
        self.procedure = procedure
        self.bound = bound
        self.faults: dict[str, Fault] = {}
        self._came: dict[_Joint, tuple[_Joint, Event] | None] = {}
        self._todo: deque[_Joint] = deque()
        self._begun: dict[str, Procedure] = {}
        self._laid: dict[tuple[str, _Web, _Web], _Laid] = {}
        self._saids: dict[tuple[int, int, str, int], Said] = {}
        self._turn = _blank()

    def run(self) -> int:
        """Walk to the end of the bound; return how many joint states were seen."""
        start: _Joint = (START, (), ())
        self._came[start] = None
        self._todo.append(start)
        while self._todo:
            joint = self._todo.popleft()
            self._deadlock(joint)
            for side in (0, 1):
                self._say(joint, side)
                self._judge(joint, side)
        return len(self._came)

    # ------------------------------------------------------------------------- moves

    def _say(self, joint: _Joint, side: int) -> None:
        """Let `side` say all that it may where it stands, unless its queue is full."""
        own, other = _sides(joint, side)
        if _unknown(own, other) >= self.bound.queue:
            return
        heard = sum(told.taken for told in other)
        for step in self.procedure.may_say(self._view(joint, side).state, self.procedure.roles[side]):
            following = _join(joint[0], side, (*own, _Told(step.says, heard)), other)
            self._arrive(joint, (step.role, "says", step.says), following)

    def _judge(self, joint: _Joint, side: int) -> None:
        """Let `side` give either verdict, where it may, on the next turn that reaches it."""
        base, (own, other) = joint[0], _sides(joint, side)
        place = next((index for index, told in enumerate(other) if not told.taken), None)
        if place is None:
            return
        told, role = other[place], self.procedure.roles[side]
        past = self._lay(base, side, own[: told.heard], other[:place])
        knows = self.procedure.step(past.state, self.procedure.other(role), told.says) is not None
        if not (knows or told.shaken or told.dead):
            sentence = f"{role} has no step for {told.says!r} in {past.state!r}, where its speaker was"
            self._found("no-step", sentence, joint, None)
            return
        if knows or told.dead:
            accepted = (*other[:place], told._replace(taken=True, shaken=False), *other[place + 1 :])
            self._accept(joint, (role, "accepts", told.says), _join(base, side, own, accepted))
        if not told.dead:
            # Its speaker learns of it before it does anything more: what it does before it
            # learns, it could have done before the refusal.
            later = tuple(after._replace(shaken=True) for after in other[place + 1 :])
            self._arrive(
                joint, (role, "refuses", told.says), _join(base, side, own, (*other[:place], *later))
            )

    def _accept(self, joint: _Joint, event: Event, following: _Joint) -> None:
        """Look at where an acceptance leads its giver; go on from there if it is decided."""
        view = self._view(following, self.procedure.roles.index(event[0]))
        for kind, sentence in view.faults:
            self._found(kind, sentence, joint, event)
        if view.rowless and not any(told.shaken for told in (*following[1], *following[2])):
            self._found("no-step", f"in {view.state!r} an accepted turn has no step", joint, event)
        if not view.faults and view.crossings <= self.bound.crossings:
            self._arrive(joint, event, self._settled(following))

    def _arrive(self, joint: _Joint, event: Event, following: _Joint) -> None:
        if following not in self._came:
            self._came[following] = (joint, event)
            self._todo.append(following)

    # --------------------------------------------------------------------- standings

    def _view(self, joint: _Joint, side: int) -> _Laid:
        """Return where `side` stands: all of its own, and what it accepted of the other's."""
        own, other = _sides(joint, side)
        return self._lay(joint[0], side, own, tuple(told for told in other if told.taken))

    def _lay(self, base: str, side: int, own: _Side, other: _Side) -> _Laid:
        """Return where these turns of `side` and of the other lead from `base`."""
        webs = _web(own), _web(other)
        key = (base, *webs) if side == 0 else (base, webs[1], webs[0])
        found = self._laid.get(key)
        if found is None:
            found = self._laid[key] = self._fold(*key)
        return found

    def _settled(self, joint: _Joint) -> _Joint:
        """Return the joint state with all whose outcome nothing can change folded into its base."""
        base, first, second = joint
        while True:
            first, second = _without_dead(first, second)
            second, first = _without_dead(second, first)
            if _stands(first, second):
                base = self._lay(base, 0, first[:1], ()).state
                first, second = first[1:], _after(second, False)
            elif _stands(second, first):
                base = self._lay(base, 0, (), second[:1]).state
                first, second = _after(first, False), second[1:]
            elif _have_crossed(first, second):
                laid = self._lay(base, 0, first[:1], second[:1])
                base = laid.state
                first, second = _after(first[1:], laid.first == 1), _after(second[1:], laid.first == 0)
            else:
                return base, first, second

    def _fold(self, base: str, first: _Web, second: _Web) -> _Laid:
        """Ask `case.fold` where a case that was in `base` stands after these turns."""
        begun = self._begun.get(base)
        if begun is None:
            begun = self._begun[base] = _begun_in(self.procedure, base)
        saids = [self._said(0, n, *told) for n, told in enumerate(first, 1)]
        saids += [self._said(1, n, *told) for n, told in enumerate(second, 1)]
        lines = fold(begun, _PARTIES[0], _PARTIES[1], saids).lines
        before, crossings, rowless = START, 0, False
        faults: list[tuple[str, str]] = []
        for index, line in enumerate(lines):
            rowless = rowless or line.effect is Effect.REFUSED
            # Who lost directly stands behind its winner; who was overtaken stands elsewhere.
            if line.effect is Effect.CROSSED and lines[index - 1].said.hash == line.crossed:
                crossings += 1
                faults += _undecided(begun, before, lines[index - 1], line, base)
            elif line.effect is Effect.MOVED:
                before = lines[index - 1].state if index else START
        state = lines[-1].state if lines else START
        mover = _PARTIES.index(lines[0].said.turn.sender) if lines else 0
        return _Laid(_swapped(state, base), mover, crossings, tuple(faults), rowless)

    def _said(self, side: int, n: int, says: str, sees: int) -> Said:
        key = (side, n, says, sees)
        if key not in self._saids:
            sender, receiver = _PARTIES[side], _PARTIES[1 - side]
            seen = f"{receiver}{sees}" if sees else None
            prev = f"{sender}{n - 1}" if n > 1 else None
            turn = replace(self._turn, sender=sender, receiver=receiver, n=n, prev=prev, seen=seen, says=says)
            self._saids[key] = Said(turn, f"{sender}{n}")
        return self._saids[key]

    # ------------------------------------------------------------------------ faults

    def _deadlock(self, joint: _Joint) -> None:
        state, first, second = joint
        if first or second or state in self.procedure.final:
            return
        if not any(self.procedure.may_say(state, role) for role in self.procedure.roles):
            self._found("deadlock", f"in {state!r}, which is not final, nobody can say anything", joint, None)

    def _found(self, kind: str, sentence: str, joint: _Joint, event: Event | None) -> None:
        """Keep the first fault of each kind, with the conversation that led to it."""
        if kind in self.faults:
            return
        events = [] if event is None else [event]
        came = self._came[joint]
        while came is not None:
            joint, event = came
            events.append(event)
            came = self._came[joint]
        one, two = self.procedure.roles
        self.faults[kind] = Fault(kind, sentence, spell(events[::-1], {one: two, two: one}))


def explore(procedure: Procedure, bound: Bound) -> tuple[tuple[Fault, ...], int]:
    """Return the first fault of each kind, shortest conversation first, and how many joint states.

    The kinds: `no-step`, `ends-apart`, `deadlock`.
    """
    walk = Walk(procedure, bound)
    count = walk.run()
    return tuple(sorted(walk.faults.values(), key=lambda fault: len(fault.conversation))), count


def _sides(joint: _Joint, side: int) -> tuple[_Side, _Side]:
    return (joint[1], joint[2]) if side == 0 else (joint[2], joint[1])


def _join(base: str, side: int, own: _Side, other: _Side) -> _Joint:
    return (base, own, other) if side == 0 else (base, other, own)


def _web(side: _Side) -> _Web:
    """Return the word of each turn that may have an effect, and how much it had seen."""
    return tuple((told.says, told.heard) for told in side if not told.dead)


def _stands(own: _Side, other: _Side) -> bool:
    """Return whether `own`'s first turn moves the case, whatever comes: all others had seen it."""
    if not own or not own[0].taken or own[0].heard:
        return False
    return all(told.heard or told.dead for told in other)


def _have_crossed(first: _Side, second: _Side) -> bool:
    """Return whether the first turns of both sides are accepted, and crossed."""
    return bool(first and second) and all(told.taken and not told.heard for told in (first[0], second[0]))


def _after(side: _Side, is_overtaken: bool) -> _Side:
    """Return `side` once the other side's first turn is settled: what had not seen its effect is dead."""
    return tuple(
        told._replace(heard=max(0, told.heard - 1), dead=told.dead or (is_overtaken and not told.heard))
        for told in side
    )


def _without_dead(own: _Side, other: _Side) -> tuple[_Side, _Side]:
    """Return both lists without the dead turns of `own` that have arrived."""
    gone = [index for index, told in enumerate(own) if told.dead and told.taken]
    if not gone:
        return own, other
    kept = tuple(told for index, told in enumerate(own) if index not in gone)
    return kept, tuple(
        told._replace(heard=told.heard - sum(index < told.heard for index in gone)) for told in other
    )


def _unknown(own: _Side, other: _Side) -> int:
    """Return of how many of its turns a speaker knows no verdict.

    Verdicts come in the order of the slots, and an acceptance travels behind what the other
    side had said before it: while that is on the wire, so is the acceptance.
    """
    taken = sum(told.taken for told in own)
    return len(own) - min((told.heard for told in other if not told.taken), default=taken)


def _swapped(state: str, base: str) -> str:
    return {START: base, base: START}.get(state, state)


def _begun_in(procedure: Procedure, base: str) -> Procedure:
    """Return the same table with `base` in the place of the first state: what `fold` goes on from."""
    steps = tuple(
        replace(step, state=_swapped(step.state, base), then=_swapped(step.then, base))
        for step in procedure.steps
    )
    return replace(procedure, steps=steps, final=(), clocks=(), gates=())


def _undecided(
    procedure: Procedure, before: str, winner: Line, loser: Line, base: str
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a crossing unless exactly one of the two rows wins."""
    rows = []
    for said in (winner.said, loser.said):
        role = procedure.roles[_PARTIES.index(said.turn.sender)]
        rows.append(procedure.step(before, role, said.turn.says))
    one, two = rows
    if one is None or two is None:
        return
    both = f"{one.role} says {one.says!r} and {two.role} says {two.says!r} in {_swapped(before, base)!r}"
    if wins(one, two) and wins(two, one):
        yield "ends-apart", f"{both}: they cross, and by the table each of the two wins"
    elif not wins(one, two) and not wins(two, one):
        yield "no-step", f"{both}: they cross, and the table has no step for either after the other"
