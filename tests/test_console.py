"""The pages of docs/guide are run: every command in them, and every answer that they show.

In a `console` block a line that begins with `$ ` is a command, `> ` continues it, and what
follows is its output: `...` stands for any text of one line, and alone on a line for any
lines. `[3]` is an exit code other than 0. A `json` block with a file name is that file.
Ports of the page are replaced by free ones. All blocks of a page run in one shell, in order.

Deliberately not here: pages in a browser (tests/web).
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "guide"
PAGES = sorted(path for path in GUIDE.glob("*.md") if "```console" in path.read_text(encoding="utf-8"))
PORTS = ("8701", "8702")
SECONDS_MAX = 180
STOPPED_SECONDS_MAX = 20
MARK = "=== ended with"
_BLOCK = re.compile(r"^```(console|json [\w.-]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Command:
    """One command of a page, and what the page says that it prints."""

    words: str
    expected: list[str] = field(default_factory=list)

    @property
    def status(self) -> int:
        """The exit code that the page shows."""
        found = re.fullmatch(r"\[(\d+)\]", self.expected[-1]) if self.expected else None
        return int(found[1]) if found else 0

    @property
    def pattern(self) -> str:
        """A regular expression of the output that the page shows."""
        lines = self.expected[:-1] if self.status else self.expected
        return "".join("(?:.*\n)*?" if line == "..." else _line(line) for line in lines)


def _line(line: str) -> str:
    return re.escape(line).replace(re.escape("..."), ".*") + "\n"


def commands(text: str) -> Iterator[Command]:
    """Yield the commands of a page in order; a file to save is a command that writes it."""
    for kind, block in _BLOCK.findall(text):
        if kind != "console":
            yield Command(f"cat > {kind.split()[1]} <<'SAVED'\n{block}SAVED")
            continue
        found: list[Command] = []
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Command(line[2:]))
            elif line.startswith("> ") and not found[-1].expected:
                found[-1].words += "\n" + line[2:]
            else:
                found[-1].expected.append(line)
        yield from found


def run(listed: list[Command], folder: Path) -> list[tuple[str, int]]:
    """Run the commands in one shell; return what each printed and ended with.

    `set -m` gives each job in the background a process group of its own, as at a keyboard, so
    that `kill %1` reaches a node that a shell function started.
    """
    script = ["set -m", "trap 'for job in $(jobs -p); do kill -- -$job; done; wait' EXIT"]
    script += [f"{{ {one.words}\n}} 2>&1\nprintf '%s %d\\n' '{MARK}' $?" for one in listed]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shell = subprocess.Popen(
        ["bash", "-c", "\n".join(script)],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8", "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        printed, _ = shell.communicate(timeout=SECONDS_MAX)
    finally:
        if shell.poll() is None:
            os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()
        left = _left(folder)
    assert left == [], "the page ends without stopping its nodes"
    pieces = re.split(rf"^{MARK} (\d+)\n", printed, flags=re.MULTILINE)
    return [(text, int(status)) for text, status in zip(pieces[0::2], pieces[1::2], strict=False)]


def _left(folder: Path) -> list[int]:
    """Wait for the nodes below `folder` to stop; end those that do not, and return them."""
    deadline = time.monotonic() + STOPPED_SECONDS_MAX
    while (files := list(folder.rglob("serve.pid"))) and time.monotonic() < deadline:
        time.sleep(0.05)
    numbers = [int(file.read_text()) for file in files]
    for number in numbers:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    return numbers


def free_ports(count: int) -> list[str]:
    """Return ports on the loopback that nothing listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_guide_does_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for port, free in zip(PORTS, free_ports(len(PORTS)), strict=True):
        text = text.replace(port, free)
    listed = list(commands(text))

    ended = run(listed, tmp_path)

    for command, (printed, status) in zip(listed, ended, strict=False):
        told = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
        assert status == command.status, f"$ {command.words}\n{told}[{status}]"
        assert re.fullmatch(command.pattern, told), f"$ {command.words}\n{told}"
    assert len(ended) == len(listed), f"the shell ended early, after: {listed[len(ended) - 1].words}"


def test_a_page_that_shows_something_else_than_happens_is_found(tmp_path: Path) -> None:
    page = "```console\n$ echo one; echo two; (exit 3)\none\n...\n[3]\n```\n"
    (true,) = commands(page)
    (false,) = commands(page.replace("one\n...", "one\nthree"))

    ((printed, status),) = run([true], tmp_path)

    assert (status, printed) == (true.status, "one\ntwo\n")
    assert re.fullmatch(true.pattern, printed)
    assert not re.fullmatch(false.pattern, printed)
