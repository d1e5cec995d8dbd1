"""Procedures: who may say what, in which state, and where that leads.

A procedure is one value: a table of steps with its gates and clock slots. This module
reads the table and prints it; it does not know which of the two roles is "ours", so a
node cannot hold its peer to a rule that it does not apply to itself.

In each state at most one role *speaks*. The other may only say steps that the table
marks as interrupts; where an interrupt and a step of the speaker cross on the wire, the
interrupt's row says which of the two wins (`beats`, `yields`).

Everything is drawn from the one value: the canonical JSON and its hash (what an
instrument accepts), the table in Markdown, the state diagram. Labels in people's
languages are outside the hash and live in a track's words.

Deliberately not here: whether a table is sound (`soundness`), where a case stands
(`case`), days and calendars (`clock`; the instrument fills them in).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, cast, get_args

from comity.core import canonical, fields
from comity.core.canonical import JsonObject
from comity.core.errors import Malformed

Override = Literal["never", "two-officers"]
Silence = Literal["consent", "no-consent", "may-send", "overdue", "lapse"]

SILENCES: Final[tuple[str, ...]] = get_args(Silence)

START: Final = "start"
"""The state before anything has been said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What must be attested before a case may come into any of the states it guards.

    `override="never"`: no officer may open it; `"two-officers"`: two who are not the
    same may, and the record says so.
    """

    name: str
    guards: tuple[str, ...]
    override: Override = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSlot:
    """A place for a clock: in which states it runs and pauses, and who owns the wait.

    It starts at the instant in the signed acceptance of the turn that brought the case
    from outside into one of `runs_in`; it stops when the case is in neither list.
    `silences` are the meanings of silence that an instrument may choose from.
    """

    name: str
    owner: str
    runs_in: tuple[str, ...]
    paused_in: tuple[str, ...] = ()
    restarts_on: tuple[str, ...] = ()
    silences: tuple[Silence, ...] = ("overdue",)


@dataclass(frozen=True, slots=True)
class Step:
    """In `state`, `role` may say `says`, and the case is then in `then`.

    `beats` and `yields` are for interrupts only: what of the other role's it wins over,
    and what it loses to, when the two cross. `declares` names the clock that this step
    states to have run out, and `silence` the meaning it must have been given.
    """

    state: str
    role: str
    says: str
    then: str
    body: str | None = None
    gates: tuple[str, ...] = ()
    interrupt: bool = False
    beats: tuple[str, ...] = ()
    yields: tuple[str, ...] = ()
    four_eyes: bool = False
    declares: str | None = None
    silence: Silence | None = None


@dataclass(frozen=True)
class Procedure:
    """One table. `roles` names the opener's role first; `final` states end a case.

    `bodies` maps each body type that a step may carry to the hash of its JSON Schema.
    """

    id: str
    version: int
    roles: tuple[str, str]
    steps: tuple[Step, ...]
    final: tuple[str, ...]
    gates: tuple[Gate, ...] = ()
    clocks: tuple[ClockSlot, ...] = ()
    bodies: tuple[tuple[str, str], ...] = ()

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON: the name by which an instrument accepts the table."""
        return canonical.digest(canonical_json(self))

    @cached_property
    def states(self) -> tuple[str, ...]:
        """Every state that the table names, in order of first mention."""
        named = [START, *(name for step in self.steps for name in (step.state, step.then)), *self.final]
        return tuple(dict.fromkeys(named))

    @cached_property
    def _by_place(self) -> dict[tuple[str, str, str], Step]:
        return {(step.state, step.role, step.says): step for step in self.steps}

    def step(self, state: str, role: str, says: str) -> Step | None:
        """Return the row for this, or None: the table does not know it."""
        return self._by_place.get((state, role, says))

    def may_say(self, state: str, role: str) -> tuple[Step, ...]:
        """Return the rows by which `role` may go on from `state`."""
        return tuple(step for step in self.steps if step.state == state and step.role == role)

    def speaker(self, state: str) -> str | None:
        """Return the role whose turn it is in `state`; None where nobody's (a final state)."""
        return next((step.role for step in self.steps if step.state == state and not step.interrupt), None)

    def other(self, role: str) -> str:
        """Return the role that is not `role`."""
        return self.roles[1] if role == self.roles[0] else self.roles[0]

    def gate(self, name: str) -> Gate:
        """Return the gate of that name; `KeyError` if the table has none."""
        return {gate.name: gate for gate in self.gates}[name]

    def clock(self, name: str) -> ClockSlot | None:
        """Return the clock slot of that name, or None."""
        return next((clock for clock in self.clocks if clock.name == name), None)

    def schema_hash(self, body: str) -> str | None:
        """Return the hash of the JSON Schema that the table pins for a body type."""
        return dict(self.bodies).get(body)


def wins(one: Step, other: Step) -> bool:
    """Return whether `one` wins when it crosses `other` on the wire.

    At least one of the two is an interrupt, and its row decides; `soundness` refuses
    tables in which neither or both would win.
    """
    return (one.interrupt and other.says in one.beats) or (other.interrupt and one.says in other.yields)


def canonical_json(procedure: Procedure) -> bytes:
    """Return the bytes whose hash names the procedure (`docs/spec/procedure.md`)."""
    return canonical.encode(
        {
            "bodies": dict(procedure.bodies),
            "clocks": [
                {
                    "name": clock.name,
                    "owner": clock.owner,
                    "paused-in": list(clock.paused_in),
                    "restarts-on": list(clock.restarts_on),
                    "runs-in": list(clock.runs_in),
                    "silences": list(clock.silences),
                }
                for clock in procedure.clocks
            ],
            "final": list(procedure.final),
            "format": "comity-procedure/1",
            "gates": [
                {"guards": list(gate.guards), "name": gate.name, "override": gate.override}
                for gate in procedure.gates
            ],
            "id": procedure.id,
            "roles": list(procedure.roles),
            "steps": [_step_json(step) for step in procedure.steps],
            "version": procedure.version,
        }
    )


def _step_json(step: Step) -> JsonObject:
    return {
        "beats": list(step.beats),
        "body": step.body,
        "declares": step.declares,
        "four-eyes": step.four_eyes,
        "gates": list(step.gates),
        "interrupt": step.interrupt,
        "role": step.role,
        "says": step.says,
        "silence": step.silence,
        "state": step.state,
        "then": step.then,
        "yields": list(step.yields),
    }


def parse_procedure(text: bytes) -> Procedure:
    """Return the procedure that `canonical_json` wrote as `text`.

    A node keeps every canonical JSON that it ever used and runs old cases from it.
    Raises `Malformed` unless `text` is exactly what `canonical_json` writes, and where a step
    names a gate that is not in the table.
    """
    value = canonical.parse(text)
    first, second = _two_roles(fields.texts(value, "roles"))
    bodies = fields.object_(value, "bodies")
    procedure = Procedure(
        id=fields.text(value, "id"),
        version=fields.integer(value, "version", least=1),
        roles=(first, second),
        steps=tuple(_parse_step(item) for item in fields.objects(value, "steps")),
        final=fields.texts(value, "final"),
        gates=tuple(_parse_gate(item) for item in fields.objects(value, "gates")),
        clocks=tuple(_parse_clock(item) for item in fields.objects(value, "clocks")),
        bodies=tuple((name, fields.hash_(bodies, name)) for name in sorted(bodies)),
    )
    if canonical_json(procedure) != text:
        raise Malformed("not a procedure in its one spelling (comity-procedure/1)")
    if {name for step in procedure.steps for name in step.gates} - {gate.name for gate in procedure.gates}:
        raise Malformed("steps: a gate is named that the table does not have")
    return procedure


def _two_roles(names: tuple[str, ...]) -> tuple[str, str]:
    if len(names) != 2:
        raise Malformed(f"roles: expected two, got {len(names)}")
    return names[0], names[1]


def _parse_step(item: JsonObject) -> Step:
    silence = item.get("silence")
    return Step(
        state=fields.text(item, "state"),
        role=fields.text(item, "role"),
        says=fields.text(item, "says"),
        then=fields.text(item, "then"),
        body=fields.text_or_none(item, "body"),
        gates=fields.texts(item, "gates"),
        interrupt=fields.truth(item, "interrupt"),
        beats=fields.texts(item, "beats"),
        yields=fields.texts(item, "yields"),
        four_eyes=fields.truth(item, "four-eyes"),
        declares=fields.text_or_none(item, "declares"),
        silence=None if silence is None else _silence(fields.choice(item, "silence", SILENCES)),
    )


def _parse_gate(item: JsonObject) -> Gate:
    override = fields.choice(item, "override", ("never", "two-officers"))
    return Gate(
        name=fields.text(item, "name"),
        guards=fields.texts(item, "guards"),
        override="never" if override == "never" else "two-officers",
    )


def _parse_clock(item: JsonObject) -> ClockSlot:
    return ClockSlot(
        name=fields.text(item, "name"),
        owner=fields.text(item, "owner"),
        runs_in=fields.texts(item, "runs-in"),
        paused_in=fields.texts(item, "paused-in"),
        restarts_on=fields.texts(item, "restarts-on"),
        silences=tuple(_silence(name) for name in fields.texts(item, "silences")),
    )


def _silence(name: str) -> Silence:
    if name not in SILENCES:
        raise Malformed(f"silence: expected one of {', '.join(SILENCES)}, got {name!r:.80}")
    return cast(Silence, name)


def markdown_table(procedure: Procedure) -> str:
    """Return the table as Markdown, one row for each step."""
    rows = ["| in state | who | says | and then | marks |", "| --- | --- | --- | --- | --- |"]
    for step in procedure.steps:
        rows.append(f"| {step.state} | {step.role} | {step.says} | {step.then} | {'; '.join(_marks(step))} |")
    for clock in procedure.clocks:
        paused = f", pauses in {', '.join(clock.paused_in)}" if clock.paused_in else ""
        rows.append(
            f"| *clock {clock.name}* | {clock.owner} | runs in {', '.join(clock.runs_in)}{paused} | "
            f"silence: {' or '.join(clock.silences)} | |"
        )
    return "\n".join(rows) + "\n"


def _marks(step: Step) -> Iterator[str]:
    if step.interrupt:
        yield "interrupt"
        if step.beats:
            yield f"wins over {', '.join(step.beats)}"
        if step.yields:
            yield f"yields to {', '.join(step.yields)}"
    if step.four_eyes:
        yield "two officers"
    for name in step.gates:
        yield f"gate {name}"
    if step.declares:
        yield f"declares that {step.declares} ran out ({step.silence})"


def diagram(procedure: Procedure) -> str:
    """Return the state diagram in Mermaid's text form."""
    lines = ["stateDiagram-v2", f"    [*] --> {_node(START)}"]
    for step in procedure.steps:
        arrow = "⚡ " if step.interrupt else ""
        lines.append(f"    {_node(step.state)} --> {_node(step.then)}: {arrow}{step.role} says {step.says}")
    lines += [f"    {_node(state)} --> [*]" for state in procedure.final]
    return "\n".join(lines) + "\n"


def _node(state: str) -> str:
    return state.replace("-", "_")
