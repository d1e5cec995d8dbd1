"""Whether a table may be used: rules read off the table, and a walk of two nodes under it.

A table that fails cannot be loaded (`tracks` asks `require_sound`, or has the hash of a
table that passed). What is checked, and up to which bound, is `docs/spec/soundness.md`. A
report never says that a table is proved: it says how far was looked and that no fault was
found.

Every fault comes with a shortest conversation that shows it, in words, so that the lawyer
who reads the table can read the fault.

Deliberately not here: the walk of the joint states (`joint`), whether a table is wise, and
what an instrument fills in (days, calendars, offices).
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from comity.core.errors import ComityError
from comity.core.joint import Bound, Event, Fault, explore, spell
from comity.core.procedure import START, ClockSlot, Procedure, Step, wins

__all__ = ["Bound", "Fault", "Report", "Unsound", "check", "require_sound"]


class Unsound(ComityError):
    """A table with faults: it cannot be loaded."""

    code = "unsound"

    def __init__(self, report: "Report") -> None:
        faults = "; ".join(f"{fault.kind}: {fault.sentence}" for fault in report.faults)
        super().__init__(f"{report.procedure_id}: {report.sentence()}. {faults}")
        self.report = report


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one table, and how far was looked."""

    procedure_id: str
    hash: str
    faults: tuple[Fault, ...]
    bound: Bound
    states_explored: int

    @property
    def sound(self) -> bool:
        """Return whether no fault was found up to the bound."""
        return not self.faults

    def sentence(self) -> str:
        """Return the result in one line, with its bound."""
        found = {0: "no fault", 1: "1 fault"}.get(len(self.faults), f"{len(self.faults)} faults")
        return (
            f"{found} found up to K={self.bound.crossings} crossings and queues of {self.bound.queue} "
            f"({self.states_explored} joint states)"
        )


def check(procedure: Procedure, bound: Bound | None = None) -> Report:
    """Return every fault that the rules see, and the first of each kind that the walk meets.

    A table that names a role, a row or a beginning wrongly cannot be walked at all: then
    those faults are the report.
    """
    bound = bound or Bound()
    reach = _Reach(procedure)
    faults = [fault for rule in _SHAPE for fault in rule(procedure, reach)]
    if faults:
        return Report(procedure.id, procedure.hash, tuple(faults), bound, 0)
    faults = [fault for rule in _RULES for fault in rule(procedure, reach)]
    met, states = explore(procedure, bound)
    return Report(procedure.id, procedure.hash, (*faults, *met), bound, states)


def require_sound(procedure: Procedure) -> Report:
    """Return the report on a table that passes; raise `Unsound`, which names the faults."""
    report = check(procedure)
    if not report.sound:
        raise Unsound(report)
    return report


class _Reach:
    """For each state that can be reached, a shortest path of steps to it from the start."""

    def __init__(self, procedure: Procedure) -> None:
        self.paths = _paths(procedure, lambda step: True)
        self._other = {role: procedure.other(role) for role in procedure.roles}

    def talk(self, state: str, *last: Step) -> tuple[str, ...]:
        """Return a shortest conversation to `state` and the turns `last` on the wire."""
        if state not in self.paths:
            return ()
        return self.spelt(self.paths[state], *last)

    def spelt(self, path: tuple[Step, ...], *last: Step) -> tuple[str, ...]:
        """Return the conversation along a path, every step accepted, and the turns `last`."""
        events: list[Event] = []
        for step in path:
            events.append((step.role, "says", step.says))
            events.append((self._other[step.role], "accepts", step.says))
        return spell([*events, *((step.role, "says", step.says) for step in last)], self._other)


def _paths(procedure: Procedure, may_pass: Callable[[Step], bool]) -> dict[str, tuple[Step, ...]]:
    paths: dict[str, tuple[Step, ...]] = {START: ()}
    todo = deque([START])
    while todo:
        state = todo.popleft()
        for step in procedure.steps:
            if step.state == state and step.then not in paths and may_pass(step):
                paths[step.then] = (*paths[state], step)
                todo.append(step.then)
    return paths


# ------------------------------------------------------------- rules of shape: no walk without


def _roles(procedure: Procedure, reach: _Reach) -> Iterator[Fault]:
    if procedure.roles[0] == procedure.roles[1]:
        yield Fault("unknown-role", f"expected two roles, got {procedure.roles[0]!r} twice")
    for step in procedure.steps:
        if step.role not in procedure.roles:
            known = " and ".join(procedure.roles)
            yield Fault(
                "unknown-role",
                f"{step.state!r} {step.says!r}: expected one of the roles {known}, got {step.role!r}",
            )


def _duplicates(procedure: Procedure, reach: _Reach) -> Iterator[Fault]:
    rows = Counter((step.state, step.role, step.says) for step in procedure.steps)
    for (state, role, says), count in rows.items():
        if count > 1:
            yield Fault("duplicate-row", f"in {state!r} {role} says {says!r}: expected one row, got {count}")
    for what, names in (
        ("gate", [gate.name for gate in procedure.gates]),
        ("clock", [clock.name for clock in procedure.clocks]),
        ("body", [name for name, _ in procedure.bodies]),
    ):
        for name, count in Counter(names).items():
            if count > 1:
                yield Fault("duplicate-row", f"{what} {name!r}: expected once, got {count} times")


def _start(procedure: Procedure, reach: _Reach) -> Iterator[Fault]:
    opener = procedure.roles[0]
    steps = [step for step in procedure.steps if step.state == START]
    if not any(step.role == opener and not step.interrupt for step in steps):
        yield Fault("start", f"expected {opener} to speak in {START!r}, got no such row")
    for step in steps:
        if step.role != opener or step.interrupt:
            kind = "interrupt" if step.interrupt else "step"
            yield Fault(
                "start",
                f"in {START!r} only {opener} may speak, got the {kind} {step.says!r} of {step.role}",
                (f"{step.role} says {step.says} (on the wire)",),
            )


# ----------------------------------------------------------------------- rules of the states


def _final_states(procedure: Procedure, reach: _Reach) -> Iterator[Fault]:
    for step in procedure.steps:
        if step.state in procedure.final:
            yield Fault(
                "final-goes-on",
                f"{step.state!r} is final, and {step.role} may say {step.says!r} in it",
                reach.talk(step.state, step),
            )


def _reached(procedure: Procedure, reach: _Reach) -> Iterator[Fault]:
    for state in procedure.states:
        if state not in reach.paths:
            yield Fault("unreachable", f"no conversation leads to {state!r}")


def _traps(procedure: Procedure, reach: _Reach) -> Iterator[Fault]:
    ends = set(procedure.final)
    while more := {step.state for step in procedure.steps if step.then in ends} - ends:
        ends |= more
    for state in procedure.states:
        if state not in ends and state in reach.paths:
            yield Fault("trap", f"from {state!r} no conversation leads to a final state", reach.talk(state))


def _speakers(procedure: Procedure, reach: _Reach) -> Iterator[Fault]:
    for state in procedure.states:
        speaks = [step for step in procedure.steps if step.state == state and not step.interrupt]
        if not speaks and state not in procedure.final:
            yield Fault("unowned-wait", f"in {state!r} it is nobody's turn", reach.talk(state))
        rival = next((step for step in speaks if step.role != speaks[0].role), None)
        if rival is not None:
            yield Fault(
                "two-speakers",
                f"in {state!r} both may speak: {speaks[0].role} says {speaks[0].says!r}, "
                f"{rival.role} says {rival.says!r}, and neither is an interrupt",
                reach.talk(state, speaks[0], rival),
            )


# ------------------------------------------------------------------------ rules of the steps


def _interrupts(procedure: Procedure, reach: _Reach) -> Iterator[Fault]:
    for step in procedure.steps:
        if step.interrupt and step.role == procedure.speaker(step.state):
            yield Fault(
                "own-interrupt",
                f"in {step.state!r} {step.role} speaks, and cannot interrupt itself with {step.says!r}",
                reach.talk(step.state, step),
            )


def _precedence(procedure: Procedure, reach: _Reach) -> Iterator[Fault]:
    for step in procedure.steps:
        for rival in procedure.may_say(step.state, procedure.other(step.role)) if step.interrupt else ():
            named = [rival.says in step.beats, rival.says in step.yields]
            if sum(named) == 1 and wins(step, rival) != wins(rival, step):
                continue
            what = "neither" if not any(named) else "both" if all(named) else "not the same in both rows"
            yield Fault(
                "no-precedence",
                f"in {step.state!r} the interrupt {step.says!r} may cross {rival.says!r}: "
                f"expected that it either wins or yields, got {what}",
                reach.talk(step.state, rival, step),
            )


def _gates(procedure: Procedure, reach: _Reach) -> Iterator[Fault]:
    names = [gate.name for gate in procedure.gates]
    for step in procedure.steps:
        for name in step.gates:
            if name not in names:
                yield Fault(
                    "unknown-gate",
                    f"in {step.state!r} {step.says!r} needs the gate {name!r}, which is not declared",
                    reach.talk(step.state, step),
                )
    for gate in procedure.gates:
        around = _paths(procedure, lambda step, name=gate.name: name not in step.gates)  # type: ignore[misc]
        for state in gate.guards:
            if state not in procedure.states:
                yield Fault("unknown-gate", f"gate {gate.name!r} guards {state!r}, which no row names")
            elif state in around:
                yield Fault(
                    "gate-walked-round",
                    f"{state!r} is guarded by the gate {gate.name!r}, and is reached without it",
                    reach.spelt(around[state]),
                )


def _bodies(procedure: Procedure, reach: _Reach) -> Iterator[Fault]:
    for step in procedure.steps:
        if step.body is not None and procedure.schema_hash(step.body) is None:
            yield Fault(
                "unknown-body",
                f"in {step.state!r} {step.says!r} carries {step.body!r}, of which the table pins no schema",
                reach.talk(step.state, step),
            )


# ----------------------------------------------------------------------- rules of the clocks


def _clock_names(procedure: Procedure, reach: _Reach) -> Iterator[Fault]:
    words = {step.says for step in procedure.steps}
    for clock in procedure.clocks:
        if clock.owner not in procedure.roles:
            yield Fault("unknown-in-clock", f"clock {clock.name!r}: no role is named {clock.owner!r}")
        for state in (*clock.runs_in, *clock.paused_in):
            if state not in procedure.states:
                yield Fault("unknown-in-clock", f"clock {clock.name!r}: no row names the state {state!r}")
            elif state in clock.runs_in and state in clock.paused_in:
                yield Fault("unknown-in-clock", f"clock {clock.name!r} both runs and pauses in {state!r}")
        for says in clock.restarts_on:
            if says not in words:
                yield Fault("unknown-in-clock", f"clock {clock.name!r}: no row says {says!r}")


def _declarations(procedure: Procedure, reach: _Reach) -> Iterator[Fault]:
    for step in procedure.steps:
        if step.declares is None and step.silence is None:
            continue
        clock = None if step.declares is None else procedure.clock(step.declares)
        for wrong in _declares_wrongly(step, clock):
            yield Fault(
                "wrong-declaration", f"in {step.state!r} {step.says!r}: {wrong}", reach.talk(step.state, step)
            )


OWNER_DECLARES: Final = ("may-send", "lapse")
"""The meanings of silence by which a party states that its *own* wait is over."""


def _declares_wrongly(step: Step, clock: ClockSlot | None) -> Iterator[str]:
    if clock is None:
        yield f"expected a clock of the table, got {step.declares!r}"
        return
    if step.state not in clock.runs_in:
        yield f"the clock {clock.name!r} does not run in this state"
    if step.silence not in clock.silences:
        yield f"expected a silence out of {', '.join(clock.silences)}, got {step.silence!r}"
    if step.role == clock.owner and step.silence not in OWNER_DECLARES:
        yield f"{step.role} owns the clock {clock.name!r}, and its silence favours the other side"


_Rule = Callable[[Procedure, _Reach], Iterator[Fault]]

_SHAPE: Final[tuple[_Rule, ...]] = (_roles, _duplicates, _start)

_RULES: Final[tuple[_Rule, ...]] = (
    _final_states,
    _reached,
    _traps,
    _speakers,
    _interrupts,
    _precedence,
    _gates,
    _bodies,
    _clock_names,
    _declarations,
)
