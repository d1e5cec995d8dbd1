"""Every command: its exit code, its JSON, and errors that name what, where and how to mend it.

Commands run in this process where that shows the same; serving, interrupting and the
demonstration run in processes of their own. The whole way by hand is `tests/test_console.py`.
"""

import io
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import django
import pytest
from django.db import connections

django.setup()

from comity.cli import stories  # noqa: E402  # Django first
from comity.cli.main import EXIT_CODES, app_main  # noqa: E402
from comity.core.case import Said  # noqa: E402
from comity.node import doctoring, models  # noqa: E402
from comity.node.casework.speaking import Saying, say  # noqa: E402
from comity.node.node import Node, open_node  # noqa: E402
from comity.node.peers import delivery, exchange  # noqa: E402
from comity.node.serving import free_port  # noqa: E402

SECRET = "united by a long passphrase"
NOTIFY = "counternarcotics.pre-export-notification"


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        assert self.err == ""
        return json.loads(self.out)


class Shell:
    """Types commands: `shell("case", "list", to="IN")`."""

    def __init__(self, base: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.base, self._capsys, self._patch = base, capsys, patch

    def __call__(self, *words: object, to: str | None = None) -> Ran:
        given = [str(word) for word in words]
        if to:
            given += ["--dir", str(self.base / to.lower())]
            if given[:2] not in (["pair", "offer"], ["pair", "root"]):
                given += ["--passphrase-file", str(self.base / "secret")]
        self._capsys.readouterr()
        self._patch.setattr(sys, "argv", ["comity", *given])
        with pytest.raises(SystemExit) as ended:
            app_main()
        shown = self._capsys.readouterr()
        return Ran(int(ended.value.code or 0), shown.out, shown.err)


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    (tmp_path / "secret").write_text(SECRET + "\n")
    monkeypatch.delenv("COMITY_DIR", raising=False)
    monkeypatch.delenv("COMITY_PASSPHRASE_FILE", raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO())  # nobody to ask
    before = set(connections.databases)
    yield Shell(tmp_path, capsys, monkeypatch)
    for alias in set(connections.databases) - before:
        connections[alias].close()
        del connections[alias]
        del connections.databases[alias]


def init(shell: Shell, party: str, directory: Path | None = None, *more: object) -> Ran:
    offices = {
        "IN": ("IN/MHA=Home Affairs/गृह", "IN/CBN=Narcotics/नारकोटिक्स"),
        "US": ("US/DHS=Homeland/गृह", "US/DEA=Drugs/औषधि"),
    }[party]
    return shell(
        "init", "--exercise", "--party", party, "--name", f"{party}/{party}", "--secretariat", offices[0],
        "--office", offices[1], "--dir", directory or shell.base / party.lower(),
        "--passphrase-file", shell.base / "secret", "--root-passphrase-file", shell.base / "secret", *more,
    )  # fmt: skip


class World:
    """Two nodes that the commands made, and a wire between them in this process."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.nodes = {party: open_node(shell.base / party.lower(), SECRET) for party in ("IN", "US")}
        self.pairing = models.Pairing.objects.using(self.nodes["IN"].alias).get().id

    def say(self, party: str, saying: Saying) -> Said:
        said = self.provisionally(party, saying)
        self.settle()
        return said

    def provisionally(self, party: str, saying: Saying) -> Said:
        return say(self.nodes[party], self.pairing, saying)

    def settle(self) -> None:
        for _ in range(4):
            for party, rival in (("IN", "US"), ("US", "IN")):
                delivery.hurry(self.nodes[party], self.pairing)
                send = partial(exchange.receive, self.nodes[rival])
                delivery.deliver(self.nodes[party], self.pairing, send)

    def today(self) -> date:
        return self.nodes["IN"].clock.now().date()

    def pass_days(self, days: int) -> None:
        raise AssertionError(f"no story here waits {days} days")

    def state(self, case: str) -> str:
        return models.Docket.objects.using(self.nodes["IN"].alias).get(case=case).state


def paired(shell: Shell) -> World:
    for party in ("IN", "US"):
        assert init(shell, party).code == 0
        offices = [f"{party}/MHA", f"{party}/CBN"] if party == "IN" else ["US/DHS", "US/DEA"]
        for number in ("1", "2"):
            ran = shell(
                "officer", f"Officer {number}", "--office", offices[0], "--office", offices[1], to=party
            )
            assert (ran.code, ran.out) == (0, f"{number}\n")
        file = shell.base / party.lower() / "party.directory"
        (shell.base / f"{party}.directory").write_bytes(file.read_bytes())
    for party, rival in (("IN", "US"), ("US", "IN")):
        theirs = shell.base / f"{rival}.directory"
        shown = shell("pair", "show", theirs, "--json", to=party).json
        assert shown["party"] == rival
        assert shown["they-read"] != shown["we-read"]
        ran = shell(
            "pair", "confirm", theirs, "--digits", shown["they-read"],
            "--root-passphrase-file", shell.base / "secret", to=party,
        )  # fmt: skip
        assert ran.code == 0, ran.err
    world = World(shell)
    world.settle()
    return world


def memorandum(world: World) -> str:
    session = stories.session(world)
    return stories.memorandum(world, session.case).case


def body(shell: Shell, content: Any) -> Path:
    file = shell.base / "body.json"
    file.write_text(json.dumps(content))
    return file


# -------------------------------------------------------------- without a node at all


def test_help_and_version_end_well(shell: Shell) -> None:
    assert shell("--version").out.startswith("comity ")
    for words in (["--help"], ["pair", "--help"], ["say", "--help"], ["demo", "-h"]):
        ran = shell(*words)
        assert ran.code == 0
        assert "Usage" in ran.out


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        ["case", "show"],
        ["say", "notify"],
        ["verify"],
        ["serve", "--port", "x"],
        ["--nonsense"],
    ],
)
def test_a_command_that_is_wrong_ends_with_two(words: list[str], shell: Shell) -> None:
    ran = shell(*words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err


def test_procedures_are_listed_shown_checked_and_drawn(shell: Shell) -> None:
    listed = shell("procedures", "list", "--json").json
    assert NOTIFY in {one["id"] for one in listed}
    shown = shell("procedures", "show", NOTIFY, "--json").json
    assert shown["id"] == NOTIFY
    assert "| notified |" in shell("procedures", "show", NOTIFY).out
    assert shell("procedures", "diagram", NOTIFY).out.startswith("stateDiagram-v2")
    (checked,) = shell("procedures", "check", "dialogue.commitment", "--json").json
    assert checked["faults"] == []
    assert "K=2" in shell("procedures", "check", "dialogue.commitment").out


def test_a_name_that_is_nearly_right_is_told_what_is(shell: Shell) -> None:
    ran = shell("procedures", "show", "counternarcotics.pre-export-notificatio")
    assert ran.code == 2
    assert f"did you mean {NOTIFY}?" in ran.err


# ------------------------------------------------------------------------ making a node


def test_a_node_is_made_once_and_never_over_another(shell: Shell) -> None:
    ran = init(shell, "IN")
    assert ran.code == 0, ran.err
    node = shell.base / "in"
    assert {path.name for path in node.iterdir()} >= {
        "node.toml",
        "party.directory",
        "keys",
        "bodies",
        "node.sqlite3",
    }
    assert node.stat().st_mode & 0o077 == 0
    again = init(shell, "IN")
    assert again.code == 6
    assert str(node) in again.err
    assert "choose another directory" in again.err
    assert not list(shell.base.glob(".*making"))


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (["--office", "IN/X"], "expected ADDRESS=English/Hindi"),
        (["--office", "IN/XX=Only English"], "expected English/Hindi"),
        (["--office", "US/DEA=Drugs/औषधि"], "expected an address of IN"),
        (["--office", "IN/CBN=Twice/दो"], "directory: an office is named twice"),
        (["--office", "IN/lower=Lower/छोटा"], "expected the form"),
    ],
)
def test_an_office_that_cannot_be_is_named(more: list[str], named: str, shell: Shell) -> None:
    ran = init(shell, "IN", None, *more)
    assert ran.code == 2
    assert named in ran.err
    assert [path.name for path in shell.base.iterdir()] == ["secret"]


def test_a_short_passphrase_and_an_odd_name_are_no_trouble_later(shell: Shell) -> None:
    short = shell.base / "short"
    short.write_text("short")
    ran = init(shell, "IN", None, "--passphrase-file", short)
    assert ran.code == 6
    assert "at least 12 characters" in ran.err
    assert sorted(path.name for path in shell.base.iterdir()) == ["secret", "short"]
    ran = init(shell, "IN", None, "--name", 'The "Republic" \\ of India/भारत')
    assert ran.code == 0, ran.err
    assert 'The "Republic" \\ of India (IN)' in shell("status", to="IN").out


def test_where_there_is_no_node_every_command_says_so(shell: Shell) -> None:
    (shell.base / "nowhere").mkdir()
    commands: list[list[object]] = [
        ["status"], ["doctor"], ["rebuild"], ["serve"], ["case", "list"], ["case", "show", "IN-0"],
        ["officer", "A", "--office", "IN/CBN"], ["link", "--as", "1"], ["say", "notify", "--as", "1"],
        ["case", "export", "IN-0", "--to", shell.base / "x", "--as", "1"], ["pair", "offer"],
        ["pair", "root"], ["pair", "held"], ["pair", "resume", "--as", "1"],
    ]  # fmt: skip
    for words in commands:
        ran = shell(*words, to="nowhere")
        assert (ran.code, ran.out) == (6, ""), (words, ran.err)
        assert "holds no node: `comity init" in ran.err
        assert str(shell.base / "nowhere") in ran.err


def test_without_the_right_passphrase_nothing_opens(shell: Shell) -> None:
    init(shell, "IN")
    here = shell.base / "in"
    wrong = shell.base / "wrong"
    wrong.write_text("another long passphrase")
    for more, named in (
        (["--passphrase-file", wrong], "does not fit"),
        (["--passphrase-file", shell.base / "none"], "no such file (--passphrase-file)"),
        ([], "give --passphrase-file or COMITY_PASSPHRASE_FILE"),
    ):
        ran = shell("status", "--dir", here, *more)
        assert (ran.code, ran.out) == (6, "")
        assert named in ran.err
        assert "another long" not in ran.err
    (here / "keys" / "node.sealed").chmod(0o644)
    ran = shell("status", to="IN")
    assert ran.code == 6
    assert "chmod 600" in ran.err


def test_a_configuration_that_does_not_parse_is_named(shell: Shell) -> None:
    init(shell, "IN")
    file = shell.base / "in" / "node.toml"
    file.write_text("party = ")
    ran = shell("status", to="IN")
    assert ran.code == 6
    assert "node.toml" in ran.err


# ----------------------------------------------------------------------------- a pair


def test_pairing_takes_the_digits_that_the_peer_read_out(shell: Shell) -> None:
    for party in ("IN", "US"):
        init(shell, party)
    theirs = shell.base / "us" / "party.directory"
    ours = shell.base / "in" / "party.directory"
    shown = shell("pair", "show", theirs, "--json", to="IN").json
    root = ["--root-passphrase-file", shell.base / "secret"]
    for digits in (shown["we-read"], "0" * 30, ""):
        ran = shell("pair", "confirm", theirs, "--digits", digits, *root, to="IN")
        assert (ran.code, ran.out) == (3, "")
        assert "do not agree: stop" in ran.err
    ran = shell("pair", "confirm", ours, "--digits", shown["they-read"], *root, to="IN")
    assert ran.code == 3
    assert "give the peer's file" in ran.err
    assert "not signed" in shell("status", to="IN").out or "No peer yet" in shell("status", to="IN").out
    damaged = shell.base / "damaged"
    damaged.write_bytes(theirs.read_bytes().replace(b'"sig":"', b'"sig":"A', 1))
    assert shell("pair", "show", damaged, to="IN").code in (2, 4)
    assert shell("pair", "show", shell.base / "none", to="IN").code == 2


def test_the_way_of_a_case_in_json_and_in_words(shell: Shell) -> None:
    world = paired(shell)
    status = shell("status", "--json", to="IN").json
    assert status["party"] == "IN"
    (peer,) = status["peers"]
    assert (peer["party"], peer["founded"], peer["held"], peer["waiting"]) == ("US", True, False, {})
    assert "IN" in shell("status", to="US").out

    content = stories.notification(world, 1, "Ephedrine", "299-42-3", "10")
    new = ["say", "notify", "--procedure", NOTIFY, "--office", "IN/CBN", "--to", "US/DEA", "--as", 1]
    both = [*new, "--released-by", 2, "--body", body(shell, content)]
    refused = shell(*both, to="IN")
    assert (refused.code, refused.out) == (3, "")
    assert "(not-switched-on)" in refused.err

    memorandum(world)
    assert shell(*new, "--body", body(shell, content), to="IN").code == 3  # one hand
    said = shell(*both, "--json", to="IN").json
    assert said["slot"] == 1
    case = said["case"]
    shown = shell("case", "show", case[:9], "--json", to="IN").json
    assert (shown["state"], shown["turns"][0]["provisional"]) == ("notified", True)
    waits = shell(*both, "--wait", "0.2", to="IN")
    assert waits.code == 5
    assert "It is said and kept: do not repeat it" in waits.err
    world.settle()

    shown = shell("case", "show", case, "--json", to="US").json
    assert shown["turns"][0]["verdict"] == "accepted"
    assert shown["turn-of"] == "US"
    words = shell("case", "show", case, to="US").out
    assert words.startswith("EXERCISE.")
    assert "US may say: acknowledge" in words
    listed = shell("case", "list", "--json", to="US").json
    assert case in {one["case"] for one in listed}
    (line,) = (line for line in shell("case", "list", "--closed", to="US").out.splitlines() if case in line)
    assert f"{NOTIFY} EXERCISE" in line
    assert shell("rebuild", to="US").out.endswith("cases rebuilt.\n")
    assert shell("case", "list", "--json", to="US").json == listed

    _errors_of_say(shell, case)


def _errors_of_say(shell: Shell, case: str) -> None:
    answer = ["say", "acknowledge", "--case", case]
    reference = body(shell, {"case_reference": "EX", "contact_office": "US/DEA"})
    for words, code, named in (
        ([*answer, "--as", 9, "--body", reference], 3, "officer 9 does not hold US/DEA"),
        ([*answer, "--as", 1, "--body", shell.base / "none"], 2, "no such file (--body)"),
        ([*answer, "--as", 1, "--body", shell.base / "secret"], 2, "not JSON"),
        ([*answer, "--as", 1, "--body", body_list(shell)], 2, "expected an object"),
        ([*answer, "--as", 1], 3, "wrong-body"),
        (["say", "clear", "--case", case, "--as", 1], 3, "out-of-turn"),
        (["say", "acknowledge", "--case", "IN-zz", "--as", 1], 2, "no case here begins with 'IN-zz'"),
        (["say", "acknowledge", "--as", 1], 2, "a new case needs --procedure, --office and --to"),
        (["say", "x", "--as", 1, "--procedure", "nope", "--office", "US/DEA", "--to", "IN/CBN"], 2, "nope"),
        (["say", "x", "--as", 1, "--procedure", NOTIFY, "--office", "US/DEA", "--to", "FR/X"], 2, "FR"),
    ):
        ran = shell(*words, to="US")
        assert (ran.code, ran.out) == (code, ""), (words, ran.err)
        assert named in ran.err
        assert re.search(r"\[[a-z-]+\]\n$", ran.err)


def body_list(shell: Shell) -> Path:
    file = shell.base / "list.json"
    file.write_text("[]")
    return file


def test_an_export_is_verified_and_a_changed_one_is_not(shell: Shell) -> None:
    world = paired(shell)
    case = stories.cleared(world, memorandum(world)).case
    file = shell.base / "case.evidence"
    assert shell("case", "export", case, "--to", file, "--as", 7, to="IN").code == 3
    assert not file.exists()
    ran = shell("case", "export", case, "--to", file, "--as", 1, to="IN")
    assert ran.code == 0
    assert "comity verify case.evidence" in ran.out
    assert list(shell.base.glob("*.part")) == []

    report = shell("verify", file, "--json").json
    assert (report["sound"], report["state"], report["case"]) == (True, "cleared", case)
    words = shell("verify", file).out
    assert words.startswith("EXERCISE.")
    assert "Not proved" in words

    digits = {party: shell("pair", "root", to=party).out.strip() for party in ("IN", "US")}
    rooted = shell(
        "verify", file, "--root", f"IN={digits['IN']}", "--root", f"US={digits['US']}", "--json"
    ).json
    assert sum("is the one that you were told" in line for line in rooted["proved"]) == 2
    assert not any("belongs to" in line for line in rooted["not-proved"])
    for given in (f"IN={digits['US']}", "IN=", f"FR={digits['IN']}", "nonsense"):
        wrong = shell("verify", file, "--root", given)
        assert wrong.code == 4
        assert "is not the one that you were told" in wrong.out
    changed = bytearray(file.read_bytes())
    changed[len(changed) // 2] ^= 1
    file.write_bytes(changed)
    ran = shell("verify", file)
    assert ran.code == 4
    assert "Faults" in ran.out
    assert "does not prove what it claims [unproven]" in ran.err
    assert json.loads(shell("verify", file, "--json").out)["sound"] is False
    assert shell("verify", shell.base / "none").code == 2
    _verified_by_a_stranger(shell, file)


def _verified_by_a_stranger(shell: Shell, file: Path) -> None:
    """In a process of its own, whose imports are listed as it ends: no Django, no database, no wire."""
    script = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('loaded', *sorted({m.partition('.')[0] for m in sys.modules})))\n"
        "import comity.cli.main as main\n"
        "main.app_main()\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script, "verify", str(file)], capture_output=True, text=True, check=False
    )
    loaded = set(found.stdout.splitlines()[-1].split())
    assert found.returncode == 4
    assert not {"django", "sqlite3", "urllib3", "cheroot"} & loaded


def test_the_doctor_ends_with_four_and_the_fix_when_something_is_wrong(shell: Shell) -> None:
    init(shell, "IN")
    checks = shell("doctor", "--json", to="IN").json
    assert all(check["ok"] for check in checks)
    assert {check["check"] for check in checks} >= {"append-only", "logs", "keys", "outbox", "durability"}
    node = open_node(shell.base / "in", SECRET)
    with connections[node.alias].cursor() as cursor:
        cursor.execute("DROP TRIGGER node_entry_no_update")
    ran = shell("doctor", to="IN")
    assert ran.code == 4
    assert "FAULT  append-only: 1 triggers missing" in ran.out
    assert "puts them back" in ran.out


def test_an_office_that_is_not_ours_is_not_given_to_an_officer(shell: Shell) -> None:
    init(shell, "IN")
    ran = shell("officer", "A", "--office", "US/DEA", to="IN")
    assert ran.code == 3
    assert "not an office of IN (there are IN/CBN, IN/MHA)" in ran.err
    ran = shell("officer", "A", "--office", "IN/CBN", "--role", "king", to="IN")
    assert ran.code == 2
    assert "expected one of officer" in ran.err


def test_every_code_that_has_an_exit_code_of_its_own_is_one_of_the_documented() -> None:
    assert set(EXIT_CODES.values()) == {3, 4, 5, 6}


# --------------------------------------------------------------- processes of their own


def start(*words: object, wait_for: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "comity.cli.main", *(str(word) for word in words)]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    line = ""
    while wait_for and wait_for not in line:
        line = process.stdout.readline()
        assert line, "it ended before it was ready"
    return process


def end(process: subprocess.Popen[str], number: int) -> tuple[int, str]:
    process.send_signal(number)
    out, _ = process.communicate(timeout=30)
    return process.returncode, out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serving_is_ended_by_a_signal_with_everything_in_its_place(shell: Shell, number: int) -> None:
    port = free_port(18_300)
    init(shell, "IN", None, "--port", port)
    here = ["--dir", shell.base / "in", "--passphrase-file", shell.base / "secret"]
    serving = start("serve", *here, wait_for="stop with Ctrl-C")
    try:
        with closing(socket.create_connection(("127.0.0.1", port), timeout=5)) as wire:
            wire.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert wire.recv(100).startswith(b"HTTP/1.1 ")
        second = start("serve", *here)
        told, _ = second.communicate(timeout=30)
        assert second.returncode == 5
        assert f"port {port} is taken" in told
    finally:
        code, out = end(serving, number)
    assert code == 0, out
    assert "Traceback" not in out
    assert not (shell.base / "in" / "serve.pid").exists()
    assert all(check.ok for check in doctoring.examine(open_node(shell.base / "in", SECRET)))


def test_ctrl_c_at_a_question_ends_with_130_and_writes_nothing(shell: Shell) -> None:
    """The question is asked on a terminal, so it gets one."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "comity.cli.main", "init", "--party", "IN", "--name", "India/भारत"]
    command += ["--secretariat", "IN/MHA=Home/गृह", "--dir", str(shell.base / "in")]
    process = subprocess.Popen(
        command, stdin=follower, stdout=follower, stderr=follower, start_new_session=True
    )
    os.close(follower)
    shown = b""
    while b"assphrase" not in shown:
        shown += os.read(leader, 1024)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 130
    os.close(leader)
    assert not (shell.base / "in").exists()


def test_the_demonstration_plays_to_its_end_and_a_second_says_that_the_first_runs(shell: Shell) -> None:
    place = shell.base / "demo"
    playing = start("demo", "--once", "--dir", place, wait_for="EXERCISE")
    try:
        second = shell("demo", "--once", "--dir", place)
        assert (second.code, second.out) == (5, "")
        assert "a demonstration runs already" in second.err
    finally:
        out, _ = playing.communicate(timeout=120)
    assert playing.returncode == 0, out
    assert "5 shipments played, both nodes show the same, and the evidence holds." in out
    assert "Before it: refused." in out
    evidence = shell("verify", place / "first-case.evidence", "--json").json
    assert (evidence["sound"], evidence["state"]) == (True, "cleared")
    for party in ("in", "us"):
        node: Node = open_node(place / party, (place / f"{party}.passphrase").read_text())
        assert {check.name: check.ok for check in doctoring.examine(node)}["logs"]
        assert not (place / party / "serve.pid").exists()
