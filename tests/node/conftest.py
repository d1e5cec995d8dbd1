"""Two nodes in one process, paired, with their clocks in our hands."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django
import pytest
from django.db import connections

django.setup()

from comity.core.case import Said, Standing  # noqa: E402  # Django first
from comity.core.keys import Name, Office  # noqa: E402
from comity.node import founding, people  # noqa: E402
from comity.node.casework import docket, facts  # noqa: E402
from comity.node.casework.speaking import Saying, say  # noqa: E402
from comity.node.keyring import ROOT_FILE, FileSigner, read_keys  # noqa: E402
from comity.node.node import Node, open_node  # noqa: E402
from comity.node.peers import delivery, exchange, pairing  # noqa: E402

PASSPHRASE = "correct horse battery"
START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)

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
    wire_down: bool = False
    carried: list[bytes] = field(default_factory=list)

    def other(self, node: Node) -> Node:
        return self.two if node is self.one else self.one

    def send_to(self, node: Node) -> Callable[[bytes], bytes]:
        def send(text: bytes) -> bytes:
            self.carried.append(text)
            if self.wire_down:
                raise delivery.Unreachable("the wire is down")
            return exchange.receive(node, text)

        return send

    def deliver(self) -> None:
        """Carry everything that waits, both ways, until nothing moves."""
        for _ in range(50):
            moved = 0
            for node in (self.one, self.two):
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
        ours, theirs = (self.standing(node, case).state for node in (self.one, self.two))
        assert ours == theirs
        return ours


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two nodes founded once; tests work on copies, because founding costs a migration."""
    base = tmp_path_factory.mktemp("founded")
    for party, plan in PLANS.items():
        founding.found(
            base / party, plan, root_passphrase=PASSPHRASE, passphrase=PASSPHRASE, now=START - timedelta(days=1)
        )
    return {party: base / party for party in PLANS}


@pytest.fixture
def unpaired(founded: dict[str, Path], tmp_path: Path) -> Iterator[tuple[Node, Node, HandClock]]:
    clock = HandClock()
    nodes = []
    for party, path in founded.items():
        shutil.copytree(path, tmp_path / party)
        nodes.append(open_node(tmp_path / party, PASSPHRASE, clock))
    yield nodes[0], nodes[1], clock
    for node in nodes:
        connections[node.alias].close()
        del connections.databases[node.alias]


@pytest.fixture
def pair(unpaired: tuple[Node, Node, HandClock]) -> Pair:
    one, two, clock = unpaired
    digits = pairing.propose(one, two.directory_text).fingerprint
    for node, peer in ((one, two), (two, one)):
        root = FileSigner(read_keys(node.path / "keys" / ROOT_FILE, PASSPHRASE)[0])
        made = pairing.confirm(node, peer.directory_text, digits, root, "http://peer")
        for office in node.directory.addresses:
            people.appoint(node, f"Officer of {office}", (office,), "officer", START.date())
    pair = Pair(one, two, clock, made.id)
    pair.deliver()
    assert facts.of(one, made.id).founded()
    assert facts.of(two, made.id).founded()
    return pair
