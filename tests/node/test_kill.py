"""Both nodes and both officers are killed without warning, again and again; nothing is lost or doubled."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from comity.cli import demo, stories
from comity.core.evidence import verify
from comity.node import doctoring
from comity.node.casework import docket
from comity.node.disclosure.export import export
from comity.node.models import Docket, Outbox, Slot, Verdict
from comity.node.node import Node
from comity.node.serving import free_port
from comity.tracks.dialogue.annexes import PRE_EXPORT

KILLS = 20 if os.environ.get("COMITY_TEST") == "full" else 6
SEED = 20240227


def _everybody(base: Path, under: str) -> list[subprocess.Popen]:
    running = [demo._serve(base, party) for party in ("IN", "US")]
    for party in ("IN", "US"):
        secret = (base / f"{party.lower()}.passphrase").read_text()
        command = [sys.executable, str(Path(__file__).parent / "officer_process.py")]
        command += [str(base / party.lower()), secret, party, under]
        with (base / f"{party}.officer.log").open("ab") as log:
            running.append(subprocess.Popen(command, stdout=log, stderr=log))
    return running


def _turns(node: Node) -> dict[str, tuple]:
    """Every turn with its slot and verdict, as this node holds it."""
    verdicts = dict(Verdict.objects.using(node.alias).values_list("turn", "accepted"))
    rows = Slot.objects.using(node.alias).values_list("hash", "case", "party", "n")
    return {row[0]: (*row[1:], verdicts.get(row[0])) for row in rows}


def _state(node: Node, pairing: str, case: str) -> str:
    standing = docket.standing_of(node, pairing, case)
    assert standing is not None
    return standing.state


def test_nothing_is_lost_or_doubled_when_everybody_is_killed_again_and_again(tmp_path: Path) -> None:
    moments = random.Random(SEED)
    ports = {"IN": free_port(19701), "US": free_port(19801)}
    nodes = {party: demo._found(tmp_path, party, ports[party]) for party in ports}
    pairing = demo._pair(nodes, ports)
    served = {party: demo._serve(tmp_path, party) for party in nodes}
    stage = demo.Live(nodes, pairing, served, demo._addresses(ports))
    stage.settle()
    under = stories.memorandum(stage, stories.session(stage).case).case
    for process in served.values():
        process.send_signal(signal.SIGKILL)
        process.wait()

    for _ in range(KILLS):
        running = _everybody(tmp_path, under)
        time.sleep(1.0 + moments.random() * 0.7)
        for process in moments.sample(running, len(running)):
            process.kill()
        for process in running:
            process.wait()

    stage.served = {party: demo._serve(tmp_path, party) for party in nodes}
    try:
        stage.settle()
    finally:
        for process in stage.served.values():
            process.terminate()
            process.wait(timeout=30)

    ours, theirs = _turns(nodes["IN"]), _turns(nodes["US"])
    assert ours == theirs
    assert len(ours) > KILLS
    assert all(verdict is True for *_, verdict in ours.values())
    assert len({place[:3] for place in ours.values()}) == len(ours)
    for node in nodes.values():
        assert not Outbox.objects.using(node.alias).exclude(state="receipted").exists()
        assert [check.words for check in doctoring.examine(node) if not check.ok] == []
    cases = list(
        Docket.objects.using(nodes["IN"].alias).filter(procedure=PRE_EXPORT).values_list("case", flat=True)
    )
    for case in cases:
        states = {_state(node, pairing, case) for node in nodes.values()}
        assert len(states) == 1
    for case in moments.sample(cases, min(10, len(cases))):
        for node in nodes.values():
            assert verify(export(node, pairing, case, 1)).faults == []
