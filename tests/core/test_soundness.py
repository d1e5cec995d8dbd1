"""The checker of tables: each kind of fault by one broken table, and never wrongly passed.

The second half plays every mutant of the sound tables that the checker passes: two nodes
with real turns over a wire that loses, repeats and reorders. That play shares nothing with
the checker but the table and `case`.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from comity.core import joint
from comity.core.case import Effect, Line, Said, Standing, Verdict
from comity.core.procedure import START, ClockSlot, Gate, Procedure, Step
from comity.core.soundness import Bound, Fault, Unsound, check, require_sound

if TYPE_CHECKING:
    from tests.core.conftest import Node, Pair

NewPair = Callable[[Procedure], "Pair"]
EX, IM = "exporting", "importing"
HOUR = timedelta(hours=1)

TO_NOTIFIED = ("exporting says notify", "importing accepts it")
TO_ASKED = (*TO_NOTIFIED, "importing says ask", "exporting accepts it")


def edited(table: Procedure, state: str, says: str, **parts: object) -> Procedure:
    """Return the table with one row changed."""
    steps = [
        replace(step, **parts) if (step.state, step.says) == (state, says) else step  # type: ignore[arg-type]
        for step in table.steps
    ]
    return replace(table, steps=tuple(steps))


def without(table: Procedure, state: str, says: str) -> Procedure:
    """Return the table without one row."""
    return replace(table, steps=tuple(s for s in table.steps if (s.state, s.says) != (state, says)))


def added(table: Procedure, *steps: Step) -> Procedure:
    """Return the table with more rows."""
    return replace(table, steps=(*table.steps, *steps))


def clocked(table: Procedure, **parts: object) -> Procedure:
    """Return the table with its one clock changed."""
    return replace(table, clocks=(replace(table.clocks[0], **parts),))  # type: ignore[arg-type]


Break = Callable[[Procedure], Procedure]

# One broken table for each way to break one: how, the kinds found, the conversation of the first.
# fmt: off
BROKEN: dict[str, tuple[Break, set[str], tuple[str, ...]]] = {
    "a role of nobody": (
        lambda t: edited(t, "asked", "answer", role="transit"), {"unknown-role"}, ()),
    "one role twice": (
        lambda t: replace(t, roles=(EX, EX)), {"unknown-role"}, ()),
    "a row twice": (
        lambda t: added(t, Step("asked", EX, "answer", "cleared")), {"duplicate-row"}, ()),
    "a clock twice": (
        lambda t: replace(t, clocks=t.clocks * 2), {"duplicate-row"}, ()),
    "the other one opens": (
        lambda t: edited(t, START, "notify", role=IM), {"start"}, ()),
    "both may open": (
        lambda t: added(t, Step(START, IM, "invite", "asked")), {"start"},
        ("importing says invite (on the wire)",)),
    "an interrupt before anything": (
        lambda t: added(t, Step(START, IM, "hasten", START, interrupt=True, yields=("notify",))),
        {"start"}, ("importing says hasten (on the wire)",)),
    "a final state goes on": (
        lambda t: added(t, Step("withdrawn", EX, "notify", "notified")), {"final-goes-on"},
        (*TO_NOTIFIED, "exporting says withdraw", "importing accepts it",
         "exporting says notify (on the wire)")),
    "an unreachable state": (
        lambda t: added(t, Step("lost", EX, "withdraw", "withdrawn")), {"unreachable"}, ()),
    "a trap": (
        lambda t: added(t, Step("asked", EX, "delay", "delayed"), Step("delayed", EX, "delay", "delayed")),
        {"no-precedence", "no-step", "trap"}, (*TO_ASKED, "exporting says delay", "importing accepts it")),
    "a wait of nobody": (
        lambda t: without(without(t, "asked", "answer"), "asked", "withdraw"), {"unowned-wait"}, TO_ASKED),
    "a dead end": (
        lambda t: edited(t, "asked", "answer", then="limbo"), {"unowned-wait", "trap", "deadlock"},
        (*TO_ASKED, "exporting says answer", "importing accepts it")),
    "two speakers": (
        lambda t: edited(t, "notified", "send", interrupt=False, yields=()),
        {"two-speakers", "no-step"},
        (*TO_NOTIFIED, "importing says ask (on the wire)", "exporting says send (on the wire)")),
    "an interrupt of oneself": (
        lambda t: edited(t, "asked", "withdraw", interrupt=True), {"own-interrupt", "no-precedence"},
        (*TO_ASKED, "exporting says withdraw (on the wire)")),
    "an interrupt without precedence": (
        lambda t: edited(t, "asked", "object", beats=()), {"no-precedence", "no-step"},
        (*TO_ASKED, "exporting says answer (on the wire)", "importing says object (on the wire)")),
    "an interrupt that wins and yields": (
        lambda t: edited(t, "asked", "object", yields=("withdraw", "answer")),
        {"no-precedence", "ends-apart"},
        (*TO_ASKED, "exporting says answer (on the wire)", "importing says object (on the wire)")),
    "an unknown gate": (
        lambda t: edited(t, "asked", "answer", gates=("seal",)), {"unknown-gate"},
        (*TO_ASKED, "exporting says answer (on the wire)")),
    "a gate before no state": (
        lambda t: replace(t, gates=(Gate(name="licence", guards=("sealed",)),)), {"unknown-gate"}, ()),
    "a gate that can be walked round": (
        lambda t: added(t, Step(START, EX, "announce", "notified")), {"gate-walked-round"},
        ("exporting says announce", "importing accepts it")),
    "a body without a schema": (
        lambda t: edited(t, "asked", "answer", body="answer"), {"unknown-body"},
        (*TO_ASKED, "exporting says answer (on the wire)")),
    "a clock in no state": (
        lambda t: clocked(t, runs_in=("notified", "sealed")), {"unknown-in-clock"}, ()),
    "a clock of nobody": (
        lambda t: clocked(t, owner="transit"), {"unknown-in-clock"}, ()),
    "a clock that runs and pauses": (
        lambda t: clocked(t, paused_in=("notified",)), {"unknown-in-clock"}, ()),
    "a clock restarted by no word": (
        lambda t: clocked(t, restarts_on=("amend",)), {"unknown-in-clock"}, ()),
    "a declaration of no clock": (
        lambda t: edited(t, "notified", "send", declares="answer"), {"wrong-declaration"},
        (*TO_NOTIFIED, "exporting says send (on the wire)")),
    "a silence without a clock": (
        lambda t: edited(t, "asked", "answer", silence="lapse"), {"wrong-declaration"},
        (*TO_ASKED, "exporting says answer (on the wire)")),
    "a declaration while the clock pauses": (
        lambda t: edited(t, "asked", "answer", declares="reply", silence="may-send"), {"wrong-declaration"},
        (*TO_ASKED, "exporting says answer (on the wire)")),
    "a silence that the clock cannot have": (
        lambda t: edited(t, "notified", "send", silence="consent"), {"wrong-declaration"},
        (*TO_NOTIFIED, "exporting says send (on the wire)")),
    "one's own silence declared": (
        lambda t: edited(t, "notified", "object", declares="reply", silence="overdue"), {"wrong-declaration"},
        (*TO_NOTIFIED, "importing says object (on the wire)")),
}
# fmt: on


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_table_is_refused_with_its_fault_and_a_shortest_conversation(
    name: str, pen: Procedure
) -> None:
    broken, kinds, conversation = BROKEN[name]
    report = check(broken(pen))
    assert {fault.kind for fault in report.faults} == kinds
    assert not report.sound
    assert conversation in [fault.conversation for fault in report.faults]
    with pytest.raises(Unsound) as raised:
        require_sound(broken(pen))
    assert raised.value.code == "unsound"
    for fault in report.faults:
        assert fault.kind in str(raised.value)
        assert fault.sentence in str(raised.value)


def test_every_kind_of_fault_that_the_page_lists_has_its_broken_table(request: pytest.FixtureRequest) -> None:
    page = (request.config.rootpath / "docs" / "spec" / "soundness.md").read_text(encoding="utf-8")
    listed = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    assert listed == {kind for _, kinds, _ in BROKEN.values() for kind in kinds}


def met(table: Procedure, kind: str) -> Fault:
    """Return the one fault of a kind that the walk of the joint states met."""
    found, _ = joint.explore(table, Bound())
    return next(fault for fault in found if fault.kind == kind)


def test_a_crossing_that_neither_wins_is_met_as_a_message_without_a_step(pen: Procedure) -> None:
    fault = met(edited(pen, "asked", "object", beats=()), "no-step")
    assert fault.conversation == (
        *TO_ASKED,
        "exporting says answer (on the wire)",
        "importing says object",
        "exporting accepts it",
    )
    assert "cross" in fault.sentence


def test_a_crossing_that_both_win_is_met_as_two_nodes_that_end_apart(pen: Procedure) -> None:
    fault = met(edited(pen, "notified", "withdraw", yields=("clear",)), "ends-apart")
    assert len(fault.conversation) == len(TO_NOTIFIED) + 3
    assert "each of the two wins" in fault.sentence


def test_a_dead_end_is_met_as_a_deadlock(pen: Procedure) -> None:
    fault = met(edited(pen, "asked", "answer", then="limbo"), "deadlock")
    assert fault.conversation == (*TO_ASKED, "exporting says answer", "importing accepts it")


def test_a_sound_table_passes_and_the_report_says_how_far_was_looked(pen: Procedure) -> None:
    report = require_sound(pen)
    assert report.sound
    assert report.hash == pen.hash
    assert report.sentence() == (
        f"no fault found up to K=2 crossings and queues of 2 ({report.states_explored} joint states)"
    )
    assert report.states_explored > 1000


def test_a_wider_bound_looks_at_more(pen: Procedure) -> None:
    counts = [
        check(pen, Bound(crossings=k, queue=q)).states_explored for k, q in ((0, 1), (1, 1), (1, 2), (2, 2))
    ]
    assert counts == sorted(set(counts))


def test_a_table_that_cannot_be_walked_is_not_walked(pen: Procedure) -> None:
    assert check(edited(pen, START, "notify", role="transit")).states_explored == 0


def test_the_owner_of_a_wait_may_declare_its_own_waiting_over(pen: Procedure) -> None:
    own = edited(pen, "notified", "object", declares="reply", silence="may-send")
    assert check(own).sound


# --------------------------------------------------------------------------- an independent play


@dataclass
class Message:
    """On the wire: a turn, or the verdict on one, for `to`."""

    to: str
    said: Said


class Failed(Exception):
    """What no sound table may let happen between two honest nodes."""


class Play:
    """Two honest nodes, a seeded wire, at most `turns` turns; `run` raises `Failed`."""

    def __init__(self, pair: "Pair", seed: int, turns: int = 9) -> None:
        self.pair = pair
        self.chance = random.Random(seed)
        self.turns = turns
        self.wire: list[Message] = []
        self.on_top: dict[str, set[str]] = {}
        self.procedure = pair["IN"].procedure

    def run(self) -> None:
        for _ in range(self.turns * 8):
            if self.chance.random() < 0.3 and self.turns:
                self.say(self.chance.choice(("IN", "US")))
            elif self.wire:
                self.deliver(self.chance.randrange(len(self.wire)))
        self.drain()
        self.look()

    def say(self, party: str) -> None:
        node = self.pair[party]
        may = node.standing.may_say(party)
        if not may or len(node.pending()) > 2:
            return
        if node.standing.closed:
            raise Failed("something may be said in a closed case")
        step = self.chance.choice(may)
        if step.declares is not None and not is_running(node.standing, step.declares):
            if node.pending():
                return  # it starts, or goes on, when the other side has accepted what is pending
            raise Failed(f"{step.says!r} declares a clock that does not run")
        on_top = {said.hash for said in node.pending()}
        said = node.say(step.says)
        self.on_top[said.hash] = on_top
        self.turns -= 1
        self.post(Message(said.turn.receiver, said))

    def post(self, message: Message) -> None:
        """Put a message on the wire: perhaps never, perhaps twice, and in no order."""
        for _ in range(self.chance.choice((0, 1, 1, 1, 2))):
            self.wire.append(message)

    def deliver(self, place: int) -> None:
        message = self.wire.pop(place)
        node = self.pair[message.to]
        held = node.held.get(message.said.hash)
        if message.said.turn.sender == message.to:
            node.put(message.said)
        elif held is not None:
            self.post(Message(message.said.turn.sender, held))
        elif not node.is_not_yet(message.said.turn):
            self.judge(node, message.said)

    def judge(self, node: "Node", said: Said) -> None:
        self.pair.now += HOUR
        judged = node.judge(said, self.pair.now, is_refused=self.chance.random() < 0.12)
        if judged.code == "out-of-turn":
            below = [node.held[one].verdict for one in self.on_top[said.hash] if one in node.held]
            if Verdict.REFUSED not in below:
                raise Failed(f"{said.turn.says!r} of an honest node has no step at its receiver")
        declares, accepted = said.turn.declares, judged.verdict is Verdict.ACCEPTED
        if declares and accepted and not is_running(node.past_of(said.turn), declares.clock):
            raise Failed(f"{said.turn.says!r} declares a clock that does not run for its receiver")
        self.post(Message(said.turn.sender, judged))

    def drain(self) -> None:
        """Send everything again until both have all of it."""
        for _ in range(200):
            open_turns = [said for party in ("IN", "US") for said in self.pair[party].pending()]
            if not open_turns:
                return
            for said in open_turns:
                receiver = self.pair[said.turn.receiver]
                judged = receiver.held.get(said.hash)
                if judged is not None:
                    self.pair[said.turn.sender].put(judged)
                elif not receiver.is_not_yet(said.turn):
                    self.judge(receiver, said)
        raise Failed("the queues do not drain")

    def look(self) -> None:
        one, two = (self.pair[party].standing for party in ("IN", "US"))
        if (one.state, one.lines, one.clocks, one.waiting) != (two.state, two.lines, two.clocks, ()):
            raise Failed("two honest nodes end apart")
        live = [line for line in one.lines if line.said.verdict is Verdict.ACCEPTED]
        if any(line.effect is Effect.REFUSED for line in live):
            raise Failed("an accepted turn has no step")
        self.look_at_crossings(live)
        self.look_at_gates(live)
        if one.state not in self.procedure.final and not can_end(self.procedure, one.state):
            raise Failed(f"stuck in {one.state!r}")

    def look_at_crossings(self, live: list[Line]) -> None:
        state = START
        for line, after in pairwise([*live, None]):
            if line is None or line.effect is not Effect.MOVED:
                continue
            if after and after.effect is Effect.CROSSED and after.crossed == line.said.hash:
                won, lost = self.row(state, line.said), self.row(state, after.said)
                if decisions(won, lost) != [won.says]:
                    raise Failed(f"{won.says!r} and {lost.says!r} cross and the table does not decide")
            state = line.state

    def look_at_gates(self, live: list[Line]) -> None:
        state, passed = START, set[str]()
        for line in live:
            if line.effect is Effect.MOVED:
                passed |= set(self.row(state, line.said).gates)
                state = line.state
                if any(state in gate.guards and gate.name not in passed for gate in self.procedure.gates):
                    raise Failed(f"{state!r} is reached round its gate")

    def row(self, state: str, said: Said) -> Step:
        role = self.pair["IN"].standing.role(said.turn.sender)
        return next(
            s for s in self.procedure.steps if (s.state, s.role, s.says) == (state, role, said.turn.says)
        )


def is_running(standing: Standing, clock: str) -> bool:
    """Return whether a clock has started and does not pause."""
    return any(found.slot.name == clock and found.spans and not found.paused for found in standing.clocks)


def decisions(one: Step, two: Step) -> list[str]:
    """Return every word that the two rows let win: right is exactly one."""
    won = set()
    for row, rival in ((one, two), (two, one)):
        if row.interrupt:
            won |= {row.says} if rival.says in row.beats else set()
            won |= {rival.says} if rival.says in row.yields else set()
    return sorted(won)


def can_end(table: Procedure, state: str) -> bool:
    """Return whether talk that goes on from `state` can come to a final state."""
    reached, todo = {state}, [state]
    while todo:
        here = todo.pop()
        if here in table.final:
            return True
        spoken = [step for step in table.steps if step.state == here]
        if all(step.interrupt for step in spoken):
            return False
        for step in spoken:
            if step.then not in reached:
                reached.add(step.then)
                todo.append(step.then)
    return False


def failure(story: NewPair, table: Procedure, seeds: range) -> str | None:
    """Return what goes wrong in the first play that fails, or None."""
    for seed in seeds:
        try:
            Play(story(table), seed).run()
        except Failed as failed:
            return f"seed {seed}: {failed}"
    return None


# fmt: off
CANCEL = Procedure(
    id="test-verification", version=1, roles=("asking", "asked"),
    steps=(
        Step("start",   "asking", "request",   "open"),
        Step("open",    "asked",  "confirm",   "settled"),
        Step("open",    "asked",  "deny",      "settled"),
        Step("open",    "asked",  "need-more", "unclear"),
        Step("open",    "asking", "cancel",    "dropped", interrupt=True,
             beats=("need-more",), yields=("confirm", "deny")),
        Step("open",    "asking", "hasten",    "open",    interrupt=True,
             yields=("confirm", "deny", "need-more")),
        Step("open",    "asking", "remind",    "open",    interrupt=True,
             yields=("confirm", "deny", "need-more"), declares="reply", silence="overdue"),
        Step("unclear", "asking", "add",       "open"),
        Step("unclear", "asking", "cancel",    "dropped"),
        Step("unclear", "asked",  "lapse",     "dropped", interrupt=True, yields=("add", "cancel"),
             declares="addition", silence="lapse"),
    ),
    final=("settled", "dropped"),
    clocks=(
        ClockSlot(name="reply", owner="asked", runs_in=("open",), silences=("overdue",)),
        ClockSlot(name="addition", owner="asking", runs_in=("unclear",), silences=("lapse",)),
    ),
)
# fmt: on


def mutants(table: Procedure) -> Iterator[tuple[str, Procedure]]:
    """Yield the table with each single row removed, retargeted, re-owned, or its precedence changed."""
    for index, step in enumerate(table.steps):

        def put(*rows: Step, at: int = index) -> Procedure:
            return replace(table, steps=(*table.steps[:at], *rows, *table.steps[at + 1 :]))

        name = f"{step.state} {step.says}"
        yield f"remove {name}", put()
        yield f"re-own {name}", put(replace(step, role=table.other(step.role)))
        yield f"turn round {name}", put(replace(step, interrupt=not step.interrupt))
        yield f"swap precedence of {name}", put(replace(step, beats=step.yields, yields=step.beats))
        for says in (*step.beats, *step.yields):
            beats, yields = (tuple(w for w in words if w != says) for words in (step.beats, step.yields))
            yield f"forget {says} in {name}", put(replace(step, beats=beats, yields=yields))
        for then in table.states:
            if then != step.then:
                yield f"lead {name} to {then}", put(replace(step, then=then))


NARROW = Bound(crossings=1, queue=1)
"""What passes a wider bound passes this one too: more mutants are played than need be, sooner."""


def never_wrongly_passed(story: NewPair, table: Procedure, seeds: range, bound: Bound) -> tuple[int, int]:
    """Play every mutant that the checker passes; return how many it passed and refused."""
    passed = failed = 0
    for name, mutant in mutants(table):
        if check(mutant, bound).sound:
            passed += 1
            wrong = failure(story, mutant, seeds)
            assert wrong is None, f"{table.id}: {name}: the checker passed it, but {wrong}"
        else:
            failed += 1
    return passed, failed


@pytest.mark.parametrize("table", ["pen", "cancel"])
def test_no_mutant_that_passes_ever_fails_between_two_real_nodes(
    table: str, pen: Procedure, story: NewPair
) -> None:
    passed, failed = never_wrongly_passed(story, pen if table == "pen" else CANCEL, range(60), NARROW)
    assert passed > 10
    assert failed > 30


@pytest.mark.full
@pytest.mark.parametrize("table", ["pen", "cancel"])
def test_no_mutant_that_passes_ever_fails_in_many_plays(table: str, pen: Procedure, story: NewPair) -> None:
    never_wrongly_passed(story, pen if table == "pen" else CANCEL, range(60, 400), Bound())


def test_the_sound_tables_hold_in_many_plays(pen: Procedure, story: NewPair) -> None:
    for table in (pen, CANCEL):
        require_sound(table)
        assert failure(story, table, range(1000, 1300)) is None


@pytest.mark.parametrize(
    "name",
    [
        "a dead end",
        "a final state goes on",
        "two speakers",
        "an interrupt without precedence",
        "an interrupt that wins and yields",
        "a gate that can be walked round",
        "a declaration of no clock",
        "a declaration while the clock pauses",
    ],
)
def test_the_play_can_fail(name: str, pen: Procedure, story: NewPair) -> None:
    assert failure(story, BROKEN[name][0](pen), range(400)) is not None
