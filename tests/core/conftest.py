"""Two nodes in one test: a table, real turns, a wire that may lose, repeat and reorder.

`pen` is a sound table of its own for tests (nothing of a track), `story` makes a `Pair`
under any table. A pair's nodes are as small as a node can be: what it holds, what it says
from where it stands by `case.fold`, and a verdict by `case.past`.

Not here: signatures, bodies, logs, and the verdicts of `comity.core.verdict`; a test that
needs those builds them itself.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from comity.core.case import Said, Standing, Verdict, fold, past
from comity.core.marking import Marking
from comity.core.procedure import ClockSlot, Gate, Procedure, Step
from comity.core.turn import FOUNDING_NOTE, Declared, Turn, Under, turn_payload

EPOCH = datetime(2026, 1, 5, 9, tzinfo=UTC)
HASH = "0" * 64
EX, IM = "exporting", "importing"

# fmt: off
PEN_STEPS = (
    #    in state     who  says           and then
    Step("start",     EX,  "notify",      "notified",   body="notification", gates=("licence",)),
    Step("notified",  IM,  "ask",         "asked"),
    Step("notified",  IM,  "clear",       "cleared",    four_eyes=True),
    Step("notified",  IM,  "object",      "objected",   four_eyes=True),
    Step("notified",  EX,  "send",        "unanswered", interrupt=True, yields=("ask", "clear", "object"),
         declares="reply", silence="may-send"),
    Step("notified",  EX,  "withdraw",    "withdrawn",  interrupt=True, beats=("ask", "clear", "object")),
    Step("notified",  EX,  "correct",     "notified",   interrupt=True, beats=("ask", "clear"),
         yields=("object",), body="notification"),
    Step("asked",     EX,  "answer",      "notified"),
    Step("asked",     EX,  "withdraw",    "withdrawn"),
    Step("asked",     IM,  "object",      "objected",   interrupt=True, beats=("answer",),
         yields=("withdraw",)),
    Step("cleared",   EX,  "report",      "shipped"),
    Step("cleared",   IM,  "suspend",     "notified",   interrupt=True, yields=("report",)),
)
# fmt: on

PEN = Procedure(
    id="test-notification",
    version=1,
    roles=(EX, IM),
    steps=PEN_STEPS,
    final=("objected", "unanswered", "withdrawn", "shipped"),
    gates=(Gate(name="licence", guards=("notified", "shipped")),),
    clocks=(
        ClockSlot(
            name="reply",
            owner=IM,
            runs_in=("notified",),
            paused_in=("asked",),
            restarts_on=("correct",),
            silences=("may-send", "overdue"),
        ),
    ),
    bodies=(("notification", HASH),),
)


def turn_by(sender: str, receiver: str, says: str, n: int, **parts: object) -> Turn:
    """Return a real turn in which only what `fold` reads is chosen."""
    marking = Marking(
        owner=sender, tlp="AMBER", releasable_to=(receiver,), purpose="test", retain_until=date(2030, 1, 1)
    )
    turn = Turn(
        pairing=HASH,
        sender=sender,
        receiver=receiver,
        case="IN-" + "0" * 32,
        n=n,
        prev=None,
        seen=None,
        procedure=PEN.id,
        table=HASH,
        under=Under(FOUNDING_NOTE),
        says=says,
        office=f"{sender}/AA",
        addressed=f"{receiver}/BB",
        by=1,
        released_by=None,
        said_at=EPOCH,
        exercise=True,
        marking=marking,
    )
    return replace(turn, **parts)  # type: ignore[arg-type]


def hash_of(turn: Turn) -> str:
    """Return the hash of the turn's real payload."""
    return hashlib.sha256(turn_payload(turn)).hexdigest()


@dataclass
class Node:
    """What one party holds of one case."""

    procedure: Procedure
    opener: str
    other: str
    party: str
    held: dict[str, Said] = field(default_factory=dict)
    _stands: Standing | None = None

    @property
    def peer(self) -> str:
        return self.other if self.party == self.opener else self.opener

    @property
    def standing(self) -> Standing:
        if self._stands is None:
            self._stands = fold(self.procedure, self.opener, self.other, self.held.values())
        return self._stands

    def put(self, said: Said) -> None:
        self.held[said.hash] = said
        self._stands = None

    def own(self) -> list[Said]:
        return sorted((s for s in self.held.values() if s.turn.sender == self.party), key=lambda s: s.turn.n)

    def pending(self) -> list[Said]:
        return [said for said in self.own() if said.verdict is Verdict.PENDING]

    def say(self, says: str) -> Said:
        """Say it, from where this node stands, and hold it as pending."""
        head, seen = self.standing.head(self.party), self.standing.seen(self.peer)
        step = self.procedure.step(self.standing.state, self.standing.role(self.party), says)
        turn = turn_by(
            self.party,
            self.peer,
            says,
            head.turn.n + 1 if head else 1,
            prev=head.hash if head else None,
            seen=seen.hash if seen else None,
            declares=Declared(step.declares, EPOCH) if step and step.declares else None,
        )
        said = Said(turn, hash_of(turn))
        self.put(said)
        return said

    def is_not_yet(self, turn: Turn) -> bool:
        """Return whether something that a verdict on `turn` rests on is not here."""
        seen = self.held.get(turn.seen) if turn.seen else None
        if (turn.prev and turn.prev not in self.held) or (turn.seen and seen is None):
            return True
        heard = seen.turn.n if seen else 0
        # The sender has judged all these; until its verdicts are here, the past is not.
        return any(said.verdict is Verdict.PENDING and said.turn.n <= heard for said in self.own())

    def past_of(self, turn: Turn) -> Standing:
        return past(self.procedure, self.opener, self.other, self.held.values(), turn)

    def judge(self, said: Said, at: datetime, is_refused: bool = False) -> Said:
        """Return `said` with this node's verdict: refused where the table has no row, or on demand."""
        stood = self.past_of(said.turn)
        row = self.procedure.step(stood.state, stood.role(said.turn.sender), said.turn.says)
        if row is None or is_refused:
            code = "out-of-turn" if row is None else "body-unreadable"
            judged = replace(said, verdict=Verdict.REFUSED, at=at, code=code)
        else:
            judged = replace(said, verdict=Verdict.ACCEPTED, at=at)
        self.put(judged)
        return judged


class Pair:
    """Two nodes, each with what it holds. Time goes on by an hour with each verdict."""

    def __init__(self, procedure: Procedure, opener: str = "IN", other: str = "US") -> None:
        self.nodes = {party: Node(procedure, opener, other, party) for party in (opener, other)}
        self.now = EPOCH

    def __getitem__(self, party: str) -> Node:
        return self.nodes[party]

    def says(self, party: str, word: str) -> Said:
        """`party` says `word`; nobody else has it yet."""
        return self.nodes[party].say(word)

    def judged(self, said: Said, is_refused: bool = False) -> Said:
        """The addressee judges a turn, and the sender does not know it yet."""
        self.now += timedelta(hours=1)
        receiver = self.nodes[said.turn.receiver]
        assert not receiver.is_not_yet(said.turn), f"{said.turn.says}: a predecessor is missing"
        return receiver.judge(replace(said, verdict=Verdict.PENDING, at=None), self.now, is_refused)

    def learnt(self, judged: Said) -> Said:
        """The sender learns the verdict on its turn."""
        self.nodes[judged.turn.sender].put(judged)
        return judged

    def tells(self, party: str, word: str, is_refused: bool = False) -> Said:
        """`party` says `word`, it is judged, and both know."""
        return self.learnt(self.judged(self.says(party, word), is_refused))


@pytest.fixture(scope="session")
def pen() -> Procedure:
    """A sound table of twelve rows: notify, ask and answer, clear, object, interrupts, a clock."""
    return PEN


@pytest.fixture(scope="session")
def story() -> Callable[[Procedure], Pair]:
    """Make a pair under a table: `story(pen).tells("IN", "notify")`."""
    return Pair


@pytest.fixture(scope="session")
def new_turn() -> Callable[..., Turn]:
    """Make a real turn of which only what `fold` reads is chosen."""
    return turn_by
