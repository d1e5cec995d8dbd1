"""The repository keeps its own rules: names, sizes, docstrings, locks, setup, tiers.

Each rule here is one that no linter of ours knows. Not here: anything about what Comity does.
"""

import ast
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flit_core import buildapi

REPOSITORY = Path(__file__).resolve().parent.parent
SOURCE = REPOSITORY / "src" / "comity"
LOCKS = sorted((REPOSITORY / "requirements").glob("*.lock"))
NOT_OURS = {".git", ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}

LOCKED_LINE = r"[a-z0-9-]+==[0-9a-z.]+( ; [^#]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*"
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
FORBIDDEN_NAMES = {
    "utils", "util", "helpers", "helper", "common", "base", "manager", "service", "misc", "data", "process",
    "handle",
}  # fmt: skip

# Written in pieces, so that this file does not break the rule that it checks.
REGISTRY_HOSTS = [
    "py" + "pi.org", "py" + "pi.python.org", "files.python" + "hosted.org", "registry.npm" + "js.org",
    "registry.yarn" + "pkg.com", "deb.deb" + "ian.org", "archive.ubu" + "ntu.com", "crates" + ".io",
    "proxy.gol" + "ang.org", "index-" + "url =", "extra-index-" + "url",
]  # fmt: skip
MACHINE_PATHS = ["/wo" + "rk/", "/ro" + "ot/", "/opt/py" + "pi", "/Use" + "rs/", ".lib" + "rary/"]


def kept_files() -> Iterator[Path]:
    """Yield every file that is, or would be, committed; without git, every file that is ours."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listing.returncode == 0:
        paths = [REPOSITORY / name for name in listing.stdout.split("\0") if name]
    else:
        paths = [path for path in REPOSITORY.rglob("*") if not NOT_OURS & set(path.parts)]
    yield from (path for path in paths if path.is_file() and not path.is_symlink())


def kept_texts() -> Iterator[tuple[str, str]]:
    """Yield (path, text) of every kept file that is text."""
    for path in kept_files():
        content = path.read_bytes()
        if b"\0" not in content[:8000]:
            yield str(path.relative_to(REPOSITORY)), content.decode(errors="replace")


def modules() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)


# ------------------------------------------------------------------------ what is written


def test_no_file_names_a_package_registry() -> None:
    found = [(name, host) for name, text in kept_texts() for host in REGISTRY_HOSTS if host in text]

    assert found == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    pattern = re.compile(r"(?<![\w.})])(" + "|".join(map(re.escape, MACHINE_PATHS)) + ")")
    found = [(name, match[0]) for name, text in kept_texts() for match in pattern.finditer(text)]

    assert found == []


def test_every_module_says_what_is_in_it() -> None:
    trees = {path: ast.parse(path.read_text()) for path in modules()}
    silent = [str(path) for path, tree in trees.items() if tree.body and not ast.get_docstring(tree)]

    assert trees
    assert silent == []


def test_no_file_is_longer_than_a_person_reads() -> None:
    lengths = {path.relative_to(SOURCE): len(path.read_text().splitlines()) for path in modules()}
    long = {str(path): length for path, length in lengths.items() if length > FILE_LINES_MAX}

    assert long == {}


def test_every_function_fits_on_a_screen() -> None:
    long = [
        f"{path.relative_to(REPOSITORY)}:{node.lineno} {node.name}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES_MAX
    ]

    assert long == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = [path.relative_to(SOURCE) for path in SOURCE.rglob("*.py")]
    empty = [str(name) for name in names if FORBIDDEN_NAMES & {*name.parent.parts, name.stem}]

    assert empty == []


# ------------------------------------------------------------------------------ the locks


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_line_of_a_lock_is_an_exact_version_with_hashes(lock: Path) -> None:
    joined = lock.read_text().replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]

    assert lines
    for line in lines:
        assert re.fullmatch(LOCKED_LINE, line), line


def test_the_tools_do_not_move_what_the_node_runs_on() -> None:
    runtime, dev = (
        set(re.findall(r"^\S+==\S+", (REPOSITORY / "requirements" / name).read_text(), re.MULTILINE))
        for name in ("runtime.lock", "dev.lock")
    )

    assert runtime < dev


def test_the_lock_has_what_the_project_asks_for() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    asked = [
        *project["project"]["dependencies"], *project["dependency-groups"]["build"],
        *project["dependency-groups"]["dev"],
    ]  # fmt: skip
    lock = (REPOSITORY / "requirements" / "dev.lock").read_text()
    locked = set(re.findall(r"^(\S+)==", lock, re.MULTILINE))
    names = {re.split(r"[<>=]", line)[0].lower().replace("_", "-") for line in asked}

    assert names <= locked


def test_the_wheel_carries_every_file_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    wheel = zipfile.ZipFile(tmp_path / buildapi.build_wheel(str(tmp_path)))
    carried = {name for name in wheel.namelist() if name.startswith("comity/")}
    ours = {
        str(path.relative_to(SOURCE.parent))
        for path in SOURCE.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }

    assert "comity/py.typed" in carried
    assert ours == carried


# ------------------------------------------------------------------------ setting it up


def run_setup(
    folder: Path, *, os_release: str = "ID=debian", system: str = "Linux"
) -> subprocess.CompletedProcess[str]:
    """Run `scripts/setup` where PATH holds only what is in `folder`: no Python but a stand-in."""
    for name in ("sh", "dirname", "id"):
        (folder / name).symlink_to(shutil.which(name) or name)
    make_tool(folder / "uname", f"echo {system}")
    release = folder / "os-release"
    release.write_text(os_release + "\n")
    return subprocess.run(
        [folder / "sh", REPOSITORY / "scripts" / "setup", "--python"],
        env={"PATH": str(folder), "COMITY_OS_RELEASE": str(release)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def make_tool(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def make_python(folder: Path, name: str, minor: int, *, has_venv: bool) -> None:
    """Put a stand-in for a Python into `folder`: it answers setup's two questions."""
    knows_venv = 0 if has_venv else 1
    body = f'case "$3" in *venv*) exit {knows_venv};; *) echo {minor} {folder / name};; esac'
    make_tool(folder / name, body)


def test_setup_takes_the_newest_python_that_will_do(tmp_path: Path) -> None:
    make_python(tmp_path, "python3.12", 12, has_venv=True)
    make_python(tmp_path, "python3.14", 14, has_venv=False)
    make_python(tmp_path, "python3", 15, has_venv=True)

    done = run_setup(tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{tmp_path / 'python3.12'}\n"


@pytest.mark.parametrize(
    ("os_release", "advice"),
    [
        ("ID=debian", "apt install python3 python3-venv"),
        ("ID=linuxmint\nID_LIKE='ubuntu debian'", "apt install python3 python3-venv"),
        ("ID=fedora", "dnf install python3.12"),
        ("ID=arch", "pacman -S python"),
        ("ID=alpine", "apk add python3"),
        ("ID=opensuse-leap\nID_LIKE='suse opensuse'", "zypper install python312"),
        ("ID=other", "CPython 3.11 to 3.14 with its venv module"),
    ],
)
def test_without_a_python_setup_says_in_one_line_what_to_install(
    os_release: str, advice: str, tmp_path: Path
) -> None:
    done = run_setup(tmp_path, os_release=os_release)

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.rstrip().endswith(advice)


def test_a_mac_without_a_python_is_told_too(tmp_path: Path) -> None:
    done = run_setup(tmp_path, system="Darwin")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.rstrip().endswith("the installer from python.org")


def test_debians_missing_venv_is_named_with_its_package(tmp_path: Path) -> None:
    make_python(tmp_path, "python3", 13, has_venv=False)

    done = run_setup(tmp_path)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "apt install python3.13-venv" in done.stderr


def test_a_python_too_old_is_named_as_such(tmp_path: Path) -> None:
    make_python(tmp_path, "python3", 9, has_venv=True)

    done = run_setup(tmp_path, os_release="ID=ubuntu")

    assert done.returncode == 1
    assert "3.9 is what is here" in done.stderr
    assert "python3.11-venv" in done.stderr


def test_ci_calls_what_a_newcomer_calls_also_with_an_empty_environment() -> None:
    script = (REPOSITORY / ".ci" / "run").read_text()

    assert os.access(REPOSITORY / ".ci" / "run", os.X_OK)
    assert "COMITY_TEST=full CI=true make test" in script
    for line in ("make demo DEMO=--once", "in_bare make demo DEMO=--once", "in_bare make test"):
        assert line in script.splitlines()


# ---------------------------------------------------------------------- the tests' own rules


def run_tests(folder: Path, text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one file of tests under our conftest, in an environment of its own."""
    shutil.copy(REPOSITORY / "tests" / "conftest.py", folder)
    (folder / "test_it.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n full\n browser\n shared\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--strict-markers", folder],
        env={"PATH": os.environ["PATH"], **environment},
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


READS_SHARED = "def test_it(shared):\n    assert shared.is_dir()\n"
SKIPS_ITSELF = "import pytest\ndef test_it():\n    pytest.skip('not today')\ndef test_other():\n    pass\n"


def test_without_shared_data_its_tests_are_skipped_and_counted(tmp_path: Path) -> None:
    done = run_tests(tmp_path, READS_SHARED, CI="true", COMITY_SHARED=str(tmp_path / "nowhere"))

    assert done.returncode == 0
    assert "1 tests skipped: shared data not present (set COMITY_SHARED)" in done.stdout


def test_shared_data_are_found_by_name(tmp_path: Path) -> None:
    assert "1 passed" in run_tests(tmp_path, READS_SHARED, COMITY_SHARED=str(tmp_path)).stdout


def test_in_ci_no_test_may_skip_itself(tmp_path: Path) -> None:
    assert run_tests(tmp_path, SKIPS_ITSELF).returncode == 0

    done = run_tests(tmp_path, SKIPS_ITSELF, CI="true")

    assert done.returncode == 1
    assert "not allowed: ['not today']" in done.stdout


def test_what_takes_long_runs_only_when_asked_for(tmp_path: Path) -> None:
    text = "import pytest\n@pytest.mark.full\ndef test_long():\n    pass\ndef test_short():\n    pass\n"

    assert "1 passed, 1 deselected" in run_tests(tmp_path, text).stdout
    assert "2 passed" in run_tests(tmp_path, text, COMITY_TEST="full").stdout


def test_nothing_is_reached_beyond_this_computer() -> None:
    with socket.socket() as sock, pytest.raises(ConnectionRefusedError, match="only this computer"):
        sock.connect(("192.0.2.1", 80))  # TEST-NET-1 of RFC 5737: nobody is there
    with pytest.raises(ConnectionRefusedError, match="only this computer"):
        socket.getaddrinfo("dialogue.example", 443)
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
