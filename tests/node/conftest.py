"""Two nodes in one process, paired, with their clocks in our hands; and hands that cheat.

Founding, pairing and a Memorandum are played once for a run; every test works on copies of
those directories. `agreed` has the Memorandum in force: notifications between two offices
on each side, under the shipped table and under a second version of it, and a small
procedure with gates that only the tests know.

Not here: mocks. Keys, databases and bytes are real; only the clock and the wire are ours.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import django
import pytest
from django.db import connections

django.setup()

from comity.cli import stories  # noqa: E402  # Django first
from comity.core import body as bodies  # noqa: E402
from comity.core import bundle as bundles  # noqa: E402
from comity.core import canonical, envelope  # noqa: E402
from comity.core.body import Context, schema_json  # noqa: E402
from comity.core.bundle import Answer, Bundle, Cover, Record  # noqa: E402
from comity.core.canonical import JsonObject  # noqa: E402
from comity.core.case import Said, Standing  # noqa: E402
from comity.core.envelope import Envelope  # noqa: E402
from comity.core.instrument import Annex, AnnexLine, annex_json, parse_annex  # noqa: E402
from comity.core.keys import Name, Office  # noqa: E402
from comity.core.marking import Marking  # noqa: E402
from comity.core.procedure import START as BEGINNING  # noqa: E402
from comity.core.procedure import Gate, Procedure, Step  # noqa: E402
from comity.core.turn import FOUNDING_NOTE, BodyRef, Turn, turn_payload  # noqa: E402
from comity.node import bodies as kept  # noqa: E402
from comity.node import founding, models, people  # noqa: E402
from comity.node.casework import docket, doors, facts  # noqa: E402
from comity.node.casework.speaking import Saying, say, under_now  # noqa: E402
from comity.node.keyring import NODE_FILE, ROOT_FILE, FileSigner, Keyring, read_keys  # noqa: E402
from comity.node.log.cases import load  # noqa: E402
from comity.node.log.door import Draft  # noqa: E402
from comity.node.node import Node, connect, read_settings  # noqa: E402
from comity.node.peers import delivery, exchange, pairing  # noqa: E402
from comity.tracks import schemas  # noqa: E402
from comity.tracks.counternarcotics.bodies import Clearance  # noqa: E402
from comity.tracks.counternarcotics.table import PRE_EXPORT_NOTIFICATION  # noqa: E402
from comity.tracks.dialogue import february_2024  # noqa: E402
from comity.tracks.dialogue.annexes import PRE_EXPORT, pinned_calendars, pre_export_line  # noqa: E402
from comity.tracks.dialogue.bodies import InstrumentSignature  # noqa: E402
from comity.tracks.registry import LISTED, Listed, Registry, content_json, current, shipped  # noqa: E402
from comity.tracks.shapes import Bilingual  # noqa: E402

PASSPHRASE = "correct horse battery"
START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
OFFICES = (("IN", ("IN/CBN", "IN/DRI")), ("US", ("US/CBP", "US/DEA")))

PLANS = {
    "IN": founding.Plan(
        party="IN",
        name=Name("India", "भारत"),
        offices=(
            Office("IN/MHA", Name("Ministry of Home Affairs", "गृह मंत्रालय"), secretariat=True),
            Office("IN/CBN", Name("Central Bureau of Narcotics", "केन्द्रीय नारकोटिक्स ब्यूरो")),
            Office("IN/DRI", Name("Directorate of Revenue Intelligence", "राजस्व आसूचना निदेशालय")),
        ),
        exercise=True,
    ),
    "US": founding.Plan(
        party="US",
        name=Name("United States", "संयुक्त राज्य अमेरिका"),
        offices=(
            Office("US/DHS", Name("Department of Homeland Security", "गृह सुरक्षा विभाग"), secretariat=True),
            Office("US/DEA", Name("Drug Enforcement Administration", "औषधि प्रवर्तन प्रशासन")),
            Office("US/CBP", Name("Customs and Border Protection", "सीमा शुल्क और सीमा संरक्षण")),
        ),
        exercise=True,
    ),
}

# ------------------------------------------------------------------- tables of the tests

GATED = Procedure(
    id="test.gated",
    version=1,
    roles=("asking", "granting"),
    steps=(
        Step(BEGINNING, "asking", "request", "requested", gates=("licence",)),
        Step("requested", "granting", "grant", "granted", gates=("licence", "stay"), four_eyes=True),
        Step("requested", "granting", "deny", "denied"),
    ),
    final=("granted", "denied"),
    gates=(
        Gate(name="licence", guards=("requested", "granted"), override="never"),
        Gate(name="stay", guards=("granted",), override="two-officers"),
    ),
)


class ClearanceAgain(Clearance):
    """The next form of a clearance: it also names the port."""

    port: str


CLEARANCE_AGAIN = "clearance/2"


def _next_version() -> Procedure:
    """The notification's table with one more step, and another body for a clearance."""
    first = PRE_EXPORT_NOTIFICATION
    steps = [
        replace(step, body=CLEARANCE_AGAIN) if step.body == "clearance/1" else step for step in first.steps
    ]
    steps.append(Step("cleared", first.roles[0], "report", "reported", body="answer/1"))
    pins = dict(first.bodies) | {CLEARANCE_AGAIN: canonical.digest(schema_json(ClearanceAgain))}
    return replace(
        first,
        version=2,
        steps=tuple(steps),
        final=(*(state for state in first.final if state != "cleared"), "reported"),
        bodies=tuple(sorted((name, digest) for name, digest in pins.items() if name != "clearance/1")),
    )


NEXT_VERSION = _next_version()


@pytest.fixture(scope="session")
def registries() -> dict[str, Registry]:
    """`gated`: what ships, and the gated procedure; `next`: also the notification's second version;
    `later`: a release that no longer has the first.
    """
    shown = current(PRE_EXPORT)
    gated = Listed(procedure=GATED, words=shown.words, bodies={}, track="test")
    models_next = {name: model for name, model in shown.bodies.items() if name != "clearance/1"}
    second = replace(shown, procedure=NEXT_VERSION, bodies=models_next | {CLEARANCE_AGAIN: ClearanceAgain})
    released = schemas.schema_bytes

    def also_released(body_type: str) -> bytes:
        return schema_json(ClearanceAgain) if body_type == CLEARANCE_AGAIN else released(body_type)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schemas, "schema_bytes", also_released)  # released with the version that has it
        others = tuple(one for one in LISTED if one.procedure.id != PRE_EXPORT)
        return {
            "gated": Registry((*LISTED, gated)),
            "next": Registry((*LISTED, gated, second)),
            "later": Registry((*others, gated, second)),
        }


# ------------------------------------------------------------------------------ two nodes


class HandClock:
    """A clock that a test moves."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class Pair:
    """Two paired nodes, one clock, and a wire of direct calls."""

    one: Node
    two: Node
    clock: HandClock
    id: str
    memorandum: str = FOUNDING_NOTE
    wire_down: bool = False
    carried: list[bytes] = field(default_factory=list)
    answered: list[bytes] = field(default_factory=list)

    @property
    def nodes(self) -> tuple[Node, Node]:
        return self.one, self.two

    def node(self, party: str) -> Node:
        return self.one if party == self.one.party else self.two

    def other(self, node: Node) -> Node:
        return self.two if node is self.one else self.one

    def send_to(self, node: Node) -> Callable[[bytes], bytes]:
        def send(text: bytes) -> bytes:
            self.carried.append(text)
            if self.wire_down:
                raise delivery.Unreachable("the wire is down")
            self.answered.append(exchange.receive(node, text))
            return self.answered[-1]

        return send

    def deliver(self) -> None:
        """Carry everything that waits, both ways, until nothing moves."""
        for _ in range(50):
            moved = 0
            for node in self.nodes:
                delivery.hurry(node, self.id)
                moved += delivery.deliver(node, self.id, self.send_to(self.other(node))).receipted
            if not moved:
                return

    def say(self, node: Node, saying: Saying, deliver: bool = True) -> Said:
        said = say(node, self.id, saying)
        if deliver:
            self.deliver()
        return said

    def standing(self, node: Node, case: str) -> Standing:
        found = docket.standing_of(node, self.id, case)
        assert found is not None
        return found

    def state(self, case: str) -> str:
        """The state of a case, which both nodes must show alike."""
        ours, theirs = (self.standing(node, case).state for node in self.nodes)
        assert ours == theirs
        return ours


@dataclass
class Stage:
    """The stage of `comity.cli.stories`, over a pair in this process."""

    pair: Pair

    def say(self, party: str, saying: Saying) -> Said:
        return self.pair.say(self.pair.node(party), saying)

    def provisionally(self, party: str, saying: Saying) -> Said:
        return self.pair.say(self.pair.node(party), saying, deliver=False)

    def settle(self) -> None:
        self.pair.deliver()

    def today(self) -> date:
        return self.pair.clock.now().date()

    def pass_days(self, days: int) -> None:
        self.pair.clock.pass_by(days=days)

    def state(self, case: str) -> str:
        return self.pair.state(case)


def _annex(in_force_from: date) -> Annex:
    gated = AnnexLine(
        procedure=GATED.id,
        hashes=(GATED.hash,),
        offices=OFFICES,
        purposes=("test",),
        ceiling="AMBER",
        run_off_days=30,
    )
    notified = pre_export_line((PRE_EXPORT_NOTIFICATION.hash, NEXT_VERSION.hash), OFFICES)
    return Annex(
        in_force_from=in_force_from,
        until=None,
        notice_days=30,
        lines=(notified, gated),
        calendars=pinned_calendars(),
    )


def negotiate(pair: Pair, annex: Annex, deliver: bool = True) -> str:
    """Both secretariats sign an exercise Memorandum with this annex; return its case."""

    def speak(party: str, says: str, case: str | None, content: JsonObject) -> Said:
        rival = "US" if party == "IN" else "IN"
        saying = Saying(
            procedure="instrument.negotiation",
            says=says,
            office=stories.SECRETARIATS[party],
            addressed=stories.SECRETARIATS[rival],
            by=1,
            released_by=2,
            case=case,
            content=content,
        )
        return pair.say(pair.node(party), saying, deliver)

    assert parse_annex(annex_json(annex)) == annex
    said = speak("IN", "propose", None, content_json(february_2024.demo_memorandum(annex)))
    signature = InstrumentSignature(signs=said.hash, capacity=Bilingual(en="Exercise", hi="अभ्यास"))
    for party in ("US", "IN"):
        speak(party, "sign", said.turn.case, content_json(signature))
    return said.turn.case


# ---------------------------------------------------------------- made once, and copied


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two nodes founded once; tests work on copies, because founding costs a migration."""
    base = tmp_path_factory.mktemp("founded")
    for party, plan in PLANS.items():
        founding.found(
            base / party,
            plan,
            root_passphrase=PASSPHRASE,
            passphrase=PASSPHRASE,
            now=START - timedelta(days=1),
        )
    return {party: base / party for party in PLANS}


@pytest.fixture(scope="session")
def keyrings(founded: dict[str, Path]) -> dict[str, Keyring]:
    """The opened keys of the two founded nodes: opening them again for each test costs scrypt."""
    return {
        party: Keyring(read_keys(path / "keys" / NODE_FILE, PASSPHRASE)) for party, path in founded.items()
    }


Opener = Callable[..., Node]


@pytest.fixture(scope="session")
def open_at(keyrings: dict[str, Keyring]) -> Opener:
    """Open the node in a directory with keys that are open already: `open_at(path, clock, registry)`."""

    def opened(path: Path, clock: HandClock, registry: Registry | None = None) -> Node:
        settings = read_settings(path)
        connect(path)
        return Node(path, settings, keyrings[settings.party], clock, registry or shipped())

    return opened


def close(*nodes: Node) -> None:
    """Close this thread's connections, so that a directory can be copied or removed."""
    for node in nodes:
        if node.alias in connections.databases:
            connections[node.alias].close()
            del connections[node.alias]
            del connections.databases[node.alias]


def copies(base: Path, to: Path, open_at: Opener, clock: HandClock, **registries: Registry) -> list[Node]:
    """Open copies of the two nodes in `base`."""
    for party in PLANS:
        shutil.copytree(base / party, to / party)
    return [open_at(to / party, clock, registries.get(party)) for party in PLANS]


@pytest.fixture
def unpaired(
    founded: dict[str, Path], open_at: Opener, tmp_path: Path
) -> Iterator[tuple[Node, Node, HandClock]]:
    clock = HandClock()
    one, two = copies(founded["IN"].parent, tmp_path / "unpaired", open_at, clock)
    yield one, two, clock
    close(one, two)


@pytest.fixture(scope="session")
def paired(
    founded: dict[str, Path], open_at: Opener, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """The two nodes after pairing, with officers in their offices: (where, pairing id)."""
    base = tmp_path_factory.mktemp("paired")
    clock = HandClock()
    one, two = copies(founded["IN"].parent, base, open_at, clock)
    for node, peer in ((one, two), (two, one)):
        root = FileSigner(read_keys(node.path / "keys" / ROOT_FILE, PASSPHRASE)[0])
        digits = pairing.propose(node, peer.directory_text).they_read
        made = pairing.confirm(node, peer.directory_text, digits, root, "http://peer")
        for number in (1, 2):
            people.appoint(
                node, f"Officer {number}", tuple(node.directory.addresses), "officer", START.date()
            )
    Pair(one, two, clock, made.id).deliver()
    assert all(facts.of(node, made.id).founded() for node in (one, two))
    close(one, two)
    return base, made.id


@pytest.fixture(scope="session")
def signed(
    paired: tuple[Path, str], open_at: Opener, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str, str]:
    """The two nodes with the Memorandum in force: (where, pairing id, its case)."""
    base = tmp_path_factory.mktemp("signed")
    clock = HandClock()
    one, two = copies(paired[0], base, open_at, clock)
    pair = Pair(one, two, clock, paired[1])
    case = negotiate(pair, _annex(START.date()))
    assert pair.state(case) == "in-force"
    close(one, two)
    return base, paired[1], case


@pytest.fixture
def pair(paired: tuple[Path, str], open_at: Opener, tmp_path: Path) -> Iterator[Pair]:
    """A fresh pair, and nothing said yet."""
    clock = HandClock()
    one, two = copies(paired[0], tmp_path / "paired", open_at, clock)
    yield Pair(one, two, clock, paired[1])
    close(one, two)


@pytest.fixture
def agreed(
    signed: tuple[Path, str, str], open_at: Opener, registries: dict[str, Registry], tmp_path: Path
) -> Iterator[Pair]:
    """A pair with the Memorandum of the tests in force."""
    clock = HandClock(START + timedelta(hours=1))
    gated = registries["gated"]
    one, two = copies(signed[0], tmp_path / "agreed", open_at, clock, IN=gated, US=gated)
    yield Pair(one, two, clock, signed[1], signed[2])
    close(one, two)


@pytest.fixture
def stage(pair: Pair) -> Stage:
    """A fresh pair as a stage: nothing said yet."""
    return Stage(pair)


@pytest.fixture
def played(agreed: Pair) -> Stage:
    """A stage on which the Memorandum of the tests is in force."""
    return Stage(agreed)


# ------------------------------------------------------------------------- hands that cheat


@dataclass
class Hand:
    """A party that holds its keys and asks nobody's leave: it signs and sends what it likes.

    `turn` begins from the honest next turn; whatever is given in `parts` replaces it.
    """

    pair: Pair
    node: Node

    @property
    def peer(self) -> Node:
        return self.pair.other(self.node)

    def turn(self, case: str, says: str, **parts: object) -> Turn:
        """The next turn in a case as this party would say it, or as `parts` have it."""
        signed = facts.of(self.node, self.pair.id)
        file = load(self.node, self.pair.id, signed.parties, (case,))[case]
        ours, theirs = signed.parties
        mine = max((s for s in file.saids if s.turn.sender == ours), key=lambda s: s.turn.n, default=None)
        seen = file.standing.seen(theirs) if file.standing else None
        first, now = file.first, self.pair.clock.now().replace(microsecond=0)
        under = first.under.instrument if first else self.pair.memorandum
        procedure = self.node.procedure(first.table) if first else PRE_EXPORT_NOTIFICATION
        assert procedure is not None
        offices = {party: stories.DESKS[party] for party in signed.parties}
        marking = Marking(
            owner=ours,
            tlp="AMBER",
            releasable_to=tuple(sorted(signed.parties)),
            purpose=first.marking.purpose if first else "precursor-control",
            retain_until=now.date() + timedelta(days=365),
        )
        turn = Turn(
            pairing=self.pair.id,
            sender=ours,
            receiver=theirs,
            case=case,
            n=mine.turn.n + 1 if mine else 1,
            prev=mine.hash if mine else None,
            seen=seen.hash if seen else None,
            procedure=procedure.id,
            table=procedure.hash,
            under=under_now(signed, under),
            says=says,
            office=offices[ours],
            addressed=offices[theirs],
            by=1,
            released_by=2,
            said_at=now,
            exercise=True,
            marking=marking,
        )
        return replace(turn, **parts)  # type: ignore[arg-type]

    def with_body(
        self, turn: Turn, body_type: str, content: JsonObject, **cheats: object
    ) -> tuple[Turn, bytes]:
        """The turn with a body sealed to both offices; `plain`, `hash` and `to` are for cheating."""
        plain = cheats.get("plain") or bodies.plain_body(body_type, content, b"salt" * 8)
        assert isinstance(plain, bytes)
        signed = facts.of(self.node, self.pair.id)
        openers = [
            signed.ours.current("office-opening", turn.said_at, turn.office),
            signed.theirs.current("office-opening", turn.said_at, turn.addressed),
        ]
        if "to" in cheats:
            openers = [signed.ours.current("office-opening", turn.said_at, str(cheats["to"]))]
        context = Context(turn.pairing, turn.case, turn.office, turn.addressed, turn.marking)
        sealed = bodies.seal(plain, context, openers, bytes(32))
        procedure = self.node.procedure(turn.table)
        assert procedure is not None
        ref = BodyRef(
            body_type,
            procedure.schema_hash(body_type) or "0" * 64,
            canonical.digest(sealed),
            str(cheats.get("hash") or canonical.digest(plain)),
        )
        return replace(turn, body=ref), sealed

    def seal(self, turn: Turn, office: str | None = None, use: str = "office-signing") -> Envelope:
        """Sign a turn with the key of its office, or of another, or for another use."""
        held = facts.of(self.node, self.pair.id).ours
        found = held.current(use, self.pair.clock.now(), (office or turn.office) if "office" in use else None)
        return envelope.seal(envelope.TURN, turn_payload(turn), self.node.signer(found))

    def push(self, *records: Record, knows: int = 0) -> tuple[Bundle, tuple[Answer, ...]]:
        """Send records in a bundle of our own making; return the peer's answer."""
        ours, theirs = facts.of(self.node, self.pair.id).parties
        cover = Cover(
            pairing=self.pair.id,
            sender=ours,
            receiver=theirs,
            says="push",
            at=self.pair.clock.now(),
            knows=knows,
        )
        answer = bundles.parse(
            exchange.receive(self.peer, bundles.pack(records, cover, self.node.node_signer()))
        )
        return answer, bundles.parse_answers(answer.of("answers")[0])

    def send(self, sealed: Envelope, body: bytes | None = None) -> Answer:
        """Push one turn and return what the peer answered to it."""
        records = [Record("turn", sealed.text), *([Record("body", body)] if body is not None else [])]
        (answer,) = self.push(*records)[1]
        return answer

    def utter(self, sealed: Envelope, turn: Turn, body: bytes | None = None) -> None:
        """Log and queue a turn at our own node, which asks nothing: `Pair.deliver` sends it."""
        kept.keep(self.node, [body] if body is not None else [])
        doors.door(self.node, self.pair.id).write(lambda draft: _utter(draft, sealed, turn, body))


def _utter(draft: Draft, sealed: Envelope, turn: Turn, body: bytes | None) -> None:
    now, named = draft.node.clock.now(), turn.body.sealed if turn.body and body is not None else ""
    index = draft.append("turn", draft.node.party, sealed.hash, sealed.text)
    place = {"pairing": draft.log, "case": turn.case, "body": named}
    row = models.Outbox(item=sealed.hash, kind="turn", index=index, queued_at=now, next_at=now, **place)
    draft.rows.append(row)
    if (turn.pairing, turn.sender) == (draft.log, draft.node.party):
        slot = models.Slot(party=turn.sender, n=turn.n, hash=sealed.hash, text=sealed.text, **place)
        draft.rows.append(slot)
        draft.put(draft.file(turn.case).with_said(Said(turn, sealed.hash)))


@pytest.fixture
def hand(agreed: Pair) -> Callable[[str], Hand]:
    """A cheating party of the agreed pair: `hand("IN")`."""
    return lambda party: Hand(agreed, agreed.node(party))


@pytest.fixture(name="negotiate")
def _negotiate() -> Callable[[Pair, Annex], str]:
    """Both secretariats sign a Memorandum: `negotiate(pair, annex)` returns its case."""
    return negotiate


@dataclass(frozen=True)
class Tools:
    """The same for tests whose nodes outlive one test: hypothesis, and what is recorded once."""

    signed: tuple[Path, str, str]
    open_at: Opener

    def agreed(self, to: Path, registry: Registry) -> Pair:
        """A pair in `to` with the Memorandum of the tests in force; `close` its nodes afterwards."""
        to.mkdir()
        clock = HandClock(START + timedelta(hours=1))
        one, two = copies(self.signed[0], to, self.open_at, clock, IN=registry, US=registry)
        return Pair(one, two, clock, self.signed[1], self.signed[2])

    def stage(self, pair: Pair) -> Stage:
        return Stage(pair)

    def hand(self, pair: Pair, party: str) -> Hand:
        return Hand(pair, pair.node(party))

    def close(self, *nodes: Node) -> None:
        close(*nodes)


@pytest.fixture(scope="session")
def tools(signed: tuple[Path, str, str], open_at: Opener) -> Tools:
    return Tools(signed, open_at)
