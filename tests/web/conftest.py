"""Two paired nodes with stories on their records, and visitors who ask for their pages.

The pages change nothing, so one pair serves every test of this folder.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.cookies import SimpleCookie
from io import BytesIO
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.db import connections

from comity.site.wsgi import Application, application, set_up

set_up()

from comity.cli import stories  # noqa: E402  # Django first
from comity.core import verdict  # noqa: E402
from comity.core.case import Said  # noqa: E402
from comity.core.keys import Name, Office  # noqa: E402
from comity.node import founding, people  # noqa: E402
from comity.node.casework import docket, speaking  # noqa: E402
from comity.node.casework.speaking import Saying, say  # noqa: E402
from comity.node.keyring import ROOT_FILE, FileSigner, read_keys  # noqa: E402
from comity.node.node import Node, open_node  # noqa: E402
from comity.node.peers import delivery, exchange, pairing  # noqa: E402
from comity.tracks.counternarcotics.bodies import Acknowledgement, Clearance, Point, Question  # noqa: E402
from comity.tracks.registry import content_json  # noqa: E402
from comity.web import links  # noqa: E402

PASSPHRASE = "correct horse battery"
START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
HOSTILE = "</dd><script>alert(1)</script><img src=x onerror=alert(2)> &amp; \"quoted\" 'so'"

PLANS = {
    "IN": (
        Name("India", "भारत"),
        Office("IN/MHA", Name("Ministry of Home Affairs", "गृह मंत्रालय"), secretariat=True),
        Office("IN/CBN", Name("Central Bureau of Narcotics", "केन्द्रीय नारकोटिक्स ब्यूरो")),
    ),
    "US": (
        Name("United States", "संयुक्त राज्य अमेरिका"),
        Office("US/DHS", Name("Department of Homeland Security", "गृह सुरक्षा विभाग"), secretariat=True),
        Office("US/DEA", Name("Drug Enforcement Administration", "औषधि प्रवर्तन प्रशासन")),
    ),
}


class HandClock:
    """A clock that a test moves."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@dataclass
class World:
    """Two paired nodes, their clock, a wire of direct calls: a stage for the stories."""

    nodes: dict[str, Node]
    clock: HandClock
    pairing: str
    cases: dict[str, str] = field(default_factory=dict)

    def say(self, party: str, saying: Saying) -> Said:
        said = self.provisionally(party, saying)
        self.settle()
        return said

    def provisionally(self, party: str, saying: Saying) -> Said:
        return say(self.nodes[party], self.pairing, saying)

    def settle(self) -> None:
        for _ in range(20):
            moved = 0
            for party, node in self.nodes.items():
                other = self.nodes["US" if party == "IN" else "IN"]
                delivery.hurry(node, self.pairing)
                moved += delivery.deliver(node, self.pairing, _wire(other)).receipted
            if not moved:
                return

    def today(self) -> date:
        return self.clock.at.date()

    def pass_days(self, days: int) -> None:
        self.clock.at += timedelta(days=days)

    def state(self, case: str) -> str:
        standings = [docket.standing_of(node, self.pairing, case) for node in self.nodes.values()]
        states = {standing.state for standing in standings if standing}
        assert len(states) == 1
        return states.pop()


def _wire(node: Node) -> Callable[[bytes], bytes]:
    return lambda text: exchange.receive(node, text)


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, dict[str, Path]]:
    """The directories of two nodes, for an exercise and in earnest."""
    base = tmp_path_factory.mktemp("founded")
    made: dict[bool, dict[str, Path]] = {}
    for exercise in (True, False):
        made[exercise] = {}
        for party, (name, *offices) in PLANS.items():
            path = base / str(exercise) / party
            plan = founding.Plan(party=party, name=name, offices=tuple(offices), exercise=exercise)
            early = START - timedelta(days=1)
            founding.found(path, plan, root_passphrase=PASSPHRASE, passphrase=PASSPHRASE, now=early)
            made[exercise][party] = path
    return made


def paired(founded: dict[str, Path], folder: Path) -> World:
    """Copy, open and pair the two nodes."""
    clock = HandClock(START)
    nodes = {}
    for party, path in founded.items():
        shutil.copytree(path, folder / party)
        nodes[party] = open_node(folder / party, PASSPHRASE, clock)
    one, two = nodes.values()
    made = ""
    for node, peer in ((one, two), (two, one)):
        root = FileSigner(read_keys(node.path / "keys" / ROOT_FILE, PASSPHRASE)[0])
        digits = pairing.propose(node, peer.directory_text).they_read
        made = pairing.confirm(node, peer.directory_text, digits, root, "http://peer").id
        offices = tuple(sorted(node.directory.addresses))
        for name in ("Asha Rao", "Ben Cole"):
            people.appoint(node, name, offices, "officer", START.date())
    world = World(nodes, clock, made)
    world.settle()
    return world


def closed(world: World) -> None:
    """Close the nodes' databases in this thread."""
    for node in world.nodes.values():
        connections[node.alias].close()
        del connections.databases[node.alias]


@pytest.fixture(scope="session")
def world(founded: dict[bool, dict[str, Path]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An exercise with the demonstration's stories on it, and some cases that are still open."""
    world = paired(founded[True], tmp_path_factory.mktemp("world"))
    session = stories.session(world)
    under = stories.memorandum(world, session.case).case
    world.cases = {"session": session.case, "instrument": under}
    for story in (
        stories.declared_silence,
        stories.cleared,
        stories.cleared_with_conditions,
        stories.objected,
        stories.crossed_withdrawal,
    ):
        world.cases[story.__name__] = story(world, under).case
    _open_cases(world, under)
    yield world
    closed(world)


def _open_cases(world: World, under: str) -> None:
    considered = stories.notify(world, under, stories.notification(world, 6, "Safrole", "94-59-7", "12.5"))
    hostile = stories.notification(world, 7, HOSTILE, "94-59-7", "3")
    asked = stories.notify(world, under, hostile)
    acknowledged = content_json(Acknowledgement(case_reference=HOSTILE, contact_office="US/DEA"))
    for case in (considered, asked):
        world.say("US", stories._desk("US", "acknowledge", case, acknowledged))
    question = content_json(Question(points=(Point(about="end-use", words=f"Which?\n{HOSTILE}"),)))
    world.say("US", stories._desk("US", "ask", asked, question))
    refused = stories.notify(world, under, stories.notification(world, 8, "Piperonal", "120-57-0", "9"))
    with pytest.MonkeyPatch.context() as patch:
        # A node whose software asks no question before it signs: the peer's verdict is what counts.
        patch.setattr(speaking, "judge", lambda _question: verdict.ACCEPTED)
        world.say("IN", stories._desk("IN", "clear", refused, content_json(Clearance())))
    waiting = stories.notification(world, 9, "Piperonal", "120-57-0", "10")
    world.cases |= {"considered": considered, "asked": asked, "refused": refused}
    said = world.provisionally("IN", stories._desk("IN", "notify", None, waiting, under))
    world.cases["provisional"] = said.turn.case


# -------------------------------------------------------------------------------- visitors


@dataclass(frozen=True)
class Answer:
    """What came back, as bytes and as text."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return "; ".join(value for key, value in self.headers if key.lower() == name.lower())

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def words(self) -> str:
        """The text without its tags, with white space as single blanks."""
        return " ".join(re.sub(r"<[^>]*>", " ", self.text).split())


@dataclass
class Visitor:
    """Somebody with a browser that keeps cookies; or something that only looks like one."""

    app: Application
    node: Node
    address: str = "127.0.0.1"
    host: str = "localhost:8701"
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, method: str = "GET", body: bytes = b"", **more: str) -> Answer:
        name, _, query = path.partition("?")
        environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": name, "QUERY_STRING": query}
        setup_testing_defaults(environ)
        environ |= {"REMOTE_ADDR": self.address, "HTTP_HOST": self.host, "wsgi.input": BytesIO(body)}
        environ |= {"CONTENT_LENGTH": str(len(body)), **more}
        if self.cookies:
            environ["HTTP_COOKIE"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        told: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], _exc: object = None) -> None:
            told.update(status=int(status.split(maxsplit=1)[0]), headers=headers)

        answer = Answer(body=b"".join(self.app(environ, start)), **told)
        for key, value in answer.headers:
            if key == "Set-Cookie":
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(value).items()}
        return answer

    def enter(self, officer: int | None = 1) -> "Visitor":
        """Use a fresh link."""
        token = links.issue(self.node, officer, self.node.clock.now())
        assert self.ask(f"/enter/{token}").status == 303
        return self


@pytest.fixture(scope="session")
def apps(world: World) -> dict[str, Application]:
    return {party: application(node) for party, node in world.nodes.items()}


@pytest.fixture
def stranger(world: World, apps: dict[str, Application]) -> Visitor:
    """Charlie, at the keyboard of India's node, without a link."""
    return Visitor(apps["IN"], world.nodes["IN"])


@pytest.fixture
def alice(world: World, apps: dict[str, Application]) -> Visitor:
    """An Indian officer with a session."""
    return Visitor(apps["IN"], world.nodes["IN"]).enter(1)


@pytest.fixture
def bob(world: World, apps: dict[str, Application]) -> Visitor:
    """Her colleague, by a second link."""
    return Visitor(apps["IN"], world.nodes["IN"]).enter(2)


@pytest.fixture
def american(world: World, apps: dict[str, Application]) -> Visitor:
    """An officer of the United States, at their node."""
    return Visitor(apps["US"], world.nodes["US"]).enter(1)


@pytest.fixture
def make_world(founded: dict[bool, dict[str, Path]], tmp_path: Path) -> Iterator[Callable[[bool], Visitor]]:
    """Pair two fresh nodes, for an exercise or in earnest; return an officer at India's."""
    made: list[World] = []

    def make(exercise: bool) -> Visitor:
        made.append(paired(founded[exercise], tmp_path))
        node = made[-1].nodes["IN"]
        return Visitor(application(node), node).enter()

    yield make
    for world in made:
        closed(world)
