"""`comity demo`: two governments on this machine, from pairing to a proof.

Two nodes with their own directories, keys and databases, each served by a process of its
own. The demonstration pairs them, records the session, brings an exercise Memorandum into
force, plays five shipments, exports one and verifies it. Then it stays, so that the pages
can be looked at; `--once` ends it instead.

Deliberately not here: the stories (`stories`). Nothing of a demonstration may be paired with
a node for real work: both parties are made for exercise, and their directories say so.
"""

import fcntl
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Final

import typer

from comity.cli import opening, output
from comity.core.errors import ComityError
from comity.core.keys import Name, Office

if TYPE_CHECKING:
    from comity.cli import stories
    from comity.core.case import Said
    from comity.node.casework.speaking import Saying
    from comity.node.node import Node

PORTS_FROM: Final = 8701
RECEIPT_SECONDS_MAX: Final = 30.0
STARTED_SECONDS_MAX: Final = 30.0
CUT_SECONDS: Final = 0.5
LOCK_FILE: Final = "demo.lock"

PARTIES: Final = {
    "IN": (
        Name("India", "भारत"),
        (
            Office("IN/MHA", Name("Ministry of Home Affairs", "गृह मंत्रालय"), secretariat=True),
            Office("IN/CBN", Name("Central Bureau of Narcotics", "केन्द्रीय नारकोटिक्स ब्यूरो")),
        ),
    ),
    "US": (
        Name("United States", "संयुक्त राज्य अमेरिका"),
        (
            Office("US/DHS", Name("Department of Homeland Security", "गृह सुरक्षा विभाग"), secretariat=True),
            Office("US/DEA", Name("Drug Enforcement Administration", "औषधि प्रवर्तन प्रशासन")),
        ),
    ),
}


class DemoRunning(ComityError):
    """Another demonstration runs from the same directory."""

    code = "already-served"


class DemoFailed(ComityError):
    """A story did not end as it must."""

    code = "demo-failed"


def demo(
    once: Annotated[bool, typer.Option("--once", help="Play, sum up, and end.")] = False,
    directory: Annotated[
        Path, typer.Option("--dir", help="Where the two nodes are made anew each time.")
    ] = Path("var/demo"),
) -> None:
    """Play the main job between two governments on this machine."""
    opening.setup()
    started_at = time.monotonic()
    base = directory.resolve()
    base.mkdir(parents=True, exist_ok=True)
    with _lock(base) as lock, _nodes(base) as stage:
        summary = _play(stage, base)
        output.heading(f"All of it took {time.monotonic() - started_at:.0f} seconds.")
        if not once:
            _stay(stage, lock)
    if once:
        output.say(summary)


@contextmanager
def _lock(base: Path) -> Iterator[IO[str]]:
    """Hold the directory, or say where the demonstration that holds it can be seen."""
    with (base / LOCK_FILE).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            where = lock.read().strip() or "still starting"
            raise DemoRunning(f"a demonstration runs already ({where}); stop it with Ctrl-C there") from None
        lock.truncate(0)
        yield lock


@dataclass
class Live:
    """The stage of the demonstration: two served nodes, and this process as their officers."""

    nodes: "dict[str, Node]"
    pairing: str
    served: dict[str, subprocess.Popen[bytes]]
    addresses: dict[str, str]
    wire_cut: bool = False

    def say(self, party: str, saying: "Saying") -> "Said":
        """Say a turn and wait until the peer's receipt is here."""
        said = self._said(party, saying)
        self._until(lambda: self._receipted(party, said.hash), f"the receipt of {saying.says}")
        return said

    def provisionally(self, party: str, saying: "Saying") -> "Said":
        """Say a turn while no peer has an address, so that two officers can speak at once."""
        if not self.wire_cut:
            self.wire_cut = True
            self._address(dict.fromkeys(self.nodes, ""))
            time.sleep(CUT_SECONDS)
        return self._said(party, saying)

    def _said(self, party: str, saying: "Saying") -> "Said":
        from comity.node.casework import speaking

        return speaking.say(self.nodes[party], self.pairing, saying)

    def _address(self, addresses: dict[str, str]) -> None:
        from comity.node.peers import pairing

        for party, address in addresses.items():
            pairing.move(self.nodes[party], self.pairing, address)

    def settle(self) -> None:
        """Give the peers their addresses back and wait until nothing waits on either side."""
        if self.wire_cut:
            self.wire_cut = False
            self._address(self.addresses)
        self._until(lambda: not any(self._waiting(party) for party in self.nodes), "the outboxes")

    def today(self) -> date:
        """The day by the exercise clock."""
        return self.nodes["IN"].clock.now().date()

    def pass_days(self, days: int) -> None:
        """Move the exercise clock of both nodes."""
        from comity.node.clock import ExerciseClock

        for node in self.nodes.values():
            ExerciseClock(node.path).advance(days)

    def state(self, case: str) -> str:
        """The state that both nodes show."""
        from comity.node.casework import docket

        standings = [docket.standing_of(node, self.pairing, case) for node in self.nodes.values()]
        states = {standing.state for standing in standings if standing}
        if len(states) != 1:
            raise DemoFailed(f"the nodes show {' and '.join(sorted(states)) or 'nothing'} of case {case}")
        return states.pop()

    def _receipted(self, party: str, item: str) -> bool:
        from comity.node.models import Receipt

        return Receipt.objects.using(self.nodes[party].alias).filter(item=item).exists()

    def _waiting(self, party: str) -> int:
        from comity.node.peers.delivery import waiting

        return waiting(self.nodes[party], self.pairing)

    def _until(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + RECEIPT_SECONDS_MAX
        while not done():
            for party, process in self.served.items():
                if process.poll() is not None:
                    raise DemoFailed(
                        f"the node of {party} ended with {process.returncode}: see its serve.log"
                    )
            if time.monotonic() > deadline:
                raise DemoFailed(f"{what} did not come within {RECEIPT_SECONDS_MAX:.0f} seconds")
            time.sleep(0.02)


@contextmanager
def _nodes(base: Path) -> Iterator[Live]:
    from comity.node.serving import free_port

    output.heading("EXERCISE: two governments on this machine. Nothing here is real.")
    ports = {"IN": free_port(PORTS_FROM)}
    ports["US"] = free_port(ports["IN"] + 1)
    nodes = {party: _found(base, party, ports[party]) for party in PARTIES}
    pairing = _pair(nodes, ports)
    served: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for party in nodes:
            served[party] = _serve(base, party)
        live = Live(nodes, pairing, served, _addresses(ports))
        live.settle()
        yield live
    finally:
        for process in served.values():
            process.send_signal(signal.SIGTERM)
        for process in served.values():
            process.wait(timeout=30)


def _found(base: Path, party: str, port: int) -> "Node":
    from comity.cli.nodes import new_passphrase
    from comity.node import founding, people
    from comity.node.node import open_node

    path = base / party.lower()
    shutil.rmtree(path, ignore_errors=True)
    secret = new_passphrase()
    file = base / f"{party.lower()}.passphrase"
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(secret, encoding="utf-8")
    name, offices = PARTIES[party]
    plan = founding.Plan(party=party, name=name, offices=offices, exercise=True, port=port)
    founding.found(path, plan, root_passphrase=secret, passphrase=secret, now=datetime.now(UTC))
    node = open_node(path, secret)
    today = node.clock.now().date()
    addresses = tuple(office.address for office in offices)
    for officer in ("First officer", "Second officer"):
        people.appoint(node, f"{officer} ({name.en}, exercise)", addresses, "officer", today)
    output.say(f"  {name.en}: a node in {path}")
    return node


def _pair(nodes: "dict[str, Node]", ports: dict[str, int]) -> str:
    from comity.node.keyring import ROOT_FILE, FileSigner, read_keys
    from comity.node.peers import pairing

    for party, peer in (("IN", "US"), ("US", "IN")):
        node = nodes[party]
        secret = (node.path.parent / f"{party.lower()}.passphrase").read_text(encoding="utf-8")
        root = FileSigner(read_keys(node.path / "keys" / ROOT_FILE, secret)[0])
        made = pairing.propose(node, nodes[peer].directory_text)
        output.say(f"  {peer} reads out the digits of its file: {made.they_read}")
        pairing.confirm(node, nodes[peer].directory_text, made.they_read, root, _addresses(ports)[party])
    output.say("  Paired: two files, compared by voice, and both roots have signed the founding note.")
    return made.id


def _addresses(ports: dict[str, int]) -> dict[str, str]:
    """Where each party's peer listens."""
    return {"IN": f"http://127.0.0.1:{ports['US']}", "US": f"http://127.0.0.1:{ports['IN']}"}


def _serve(base: Path, party: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "comity.cli.main", "serve", "--dir", str(base / party.lower())]
    command += ["--passphrase-file", str(base / f"{party.lower()}.passphrase")]
    with (base / party.lower() / "serve.log").open("wb") as log:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )


def _play(stage: Live, base: Path) -> str:
    from comity.cli import stories

    output.heading("The session")
    session = _tell(stories.session(stage))
    _tell(stories.commitment(stage, session.case))
    output.heading("The Memorandum")
    _refused_before(stage)
    memorandum = _tell(stories.memorandum(stage, session.case))
    output.heading("Five shipments")
    played = [_tell(story(stage, memorandum.case)) for story in stories.SHIPMENTS]
    output.heading("The proof")
    _prove(stage, base, played[0].case)
    return f"{len(played)} shipments played, both nodes show the same, and the evidence holds."


def _tell(played: "stories.Played") -> "stories.Played":
    output.say(f"  {played.words}  [{played.state} on both nodes; case {played.case[:11]}]")
    return played


def _refused_before(stage: Live) -> None:
    """Show that nothing can be notified before an instrument switches it on."""
    from comity.cli import stories
    from comity.node.casework.speaking import CannotSay

    content = stories.notification(stage, 0, "Ephedrine", "299-42-3", "10")
    try:
        stories.notify(stage, "founding", content)
    except CannotSay as refused:
        output.say(f"  Before it: refused. {refused}")
        return
    raise DemoFailed("a notification was said although no instrument switches it on")


def _prove(stage: Live, base: Path, case: str) -> None:
    """Export a case and check it as a stranger would: in a process without Django."""
    from comity.node.disclosure.export import export

    file = base / "first-case.evidence"
    file.write_bytes(export(stage.nodes["IN"], stage.pairing, case, 1))
    command = [sys.executable, "-m", "comity.cli.main", "verify", str(file)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in found.stdout.splitlines():
        output.say(f"  {line}")
    if found.returncode:
        raise DemoFailed(f"the evidence in {file} does not hold: {found.stderr}")


def _stay(stage: Live, lock: IO[str]) -> None:
    from comity.web import links

    output.heading("Look at both nodes. Each link works once, for fifteen minutes:")
    shown = []
    for node in stage.nodes.values():
        token = links.issue(node, 1, node.clock.now())
        shown.append(f"http://localhost:{node.settings.port}")
        output.say(f"  {node.settings.name:14} {shown[-1]}/enter/{token}")
    lock.write(" and ".join(shown))
    lock.flush()
    output.say("Stop with Ctrl-C. Both nodes stay where they are until the next demonstration.")
    stopping = [False]
    signal.signal(signal.SIGTERM, lambda *_: stopping.__setitem__(0, True))
    try:
        while not stopping[0] and all(process.poll() is None for process in stage.served.values()):
            time.sleep(0.2)
    except KeyboardInterrupt:
        output.say("Stopping.")
