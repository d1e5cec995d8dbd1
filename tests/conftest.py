"""What every test of Comity stands on: tiers, the closed network, the shared data.

- `COMITY_TEST=full` runs what takes long and lets hypothesis look further; CI sets it.
- A test marked `browser` needs a Chromium; without one it is left out, except in CI.
- Nothing may connect to anything but this computer.
- The shared data may be absent: that is the only reason for which a test may be skipped,
  and the number of those skips is printed. With `CI=true` any other skip fails the run.

Not here: nodes, peers, keys and cases. They are made beside the tests that use them.
"""

import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parent.parent
IS_FULL = os.environ.get("COMITY_TEST") == "full"
IS_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
SHARED_ABSENT = "shared data not present"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")

# How slow a computer is says nothing about the code: no deadlines, in either profile.
settings.register_profile(
    "default", max_examples=40, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "full", max_examples=400, print_blob=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("full" if IS_FULL else "default")


# `pytest` is an entry point like the command line: Django is told here which settings are ours.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "comity.site.settings")


# ------------------------------------------------------------------------------- tiers


def find_chromium() -> str | None:
    """Return the path of the system's Chromium, or None."""
    named = os.environ.get("COMITY_CHROMIUM")
    return named or next((path for path in map(shutil.which, CHROMIUM_NAMES) if path), None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this run is not for: left out is not skipped, and is counted by pytest."""
    for item in items:
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker("shared")
    with_browser = IS_CI or find_chromium() is not None
    left_out = [
        item
        for item in items
        if (item.get_closest_marker("full") and not IS_FULL)
        or (item.get_closest_marker("browser") and not with_browser)
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium (`COMITY_CHROMIUM`, or found on PATH)."""
    path = find_chromium()
    assert path is not None, "no Chromium: install the system's package, or set COMITY_CHROMIUM"
    return path


# ------------------------------------------------------------------------- shared data


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data: `COMITY_SHARED`, or `../shared` beside the repository."""
    folder = Path(os.environ.get("COMITY_SHARED") or REPOSITORY.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"{SHARED_ABSENT} (set COMITY_SHARED)")
    return folder


class Skips:
    """Every skip of this run, by the reason that was given."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        # An expected failure is reported as skipped too, and is not one.
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            self.reasons.append(reason.removeprefix("Skipped: "))

    @property
    def allowed(self) -> list[str]:
        return [reason for reason in self.reasons if reason.startswith(SHARED_ABSENT)]

    @property
    def others(self) -> list[str]:
        return [reason for reason in self.reasons if not reason.startswith(SHARED_ABSENT)]


SKIPS = pytest.StashKey[Skips]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SKIPS] = Skips()
    config.pluginmanager.register(config.stash[SKIPS], "comity-skips")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if IS_CI and session.config.stash[SKIPS].others and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    skips = config.stash[SKIPS]
    if skips.allowed:
        terminalreporter.write_line(
            f"{len(skips.allowed)} tests skipped: {SHARED_ABSENT} (set COMITY_SHARED)", yellow=True
        )
    if skips.others and IS_CI:
        reasons = sorted(set(skips.others))
        terminalreporter.write_line(
            f"{len(skips.others)} tests skipped for reasons that are not allowed: {reasons}", red=True
        )


# -------------------------------------------------------------------- the closed network


def is_this_computer(host: object) -> bool:
    """Say whether `host`, a name or an address, can only be this computer."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
    if name in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def _closed_network() -> Iterator[None]:
    """Refuse names and addresses beyond loopback. Child processes are not held by this."""

    def refuse(host: object) -> None:
        raise ConnectionRefusedError(f"tests reach only this computer; something asked for {host!r}")

    def check(sock: socket.socket, address: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and not is_this_computer(address[0]):
            refuse(address)

    def guard_call(name: str) -> Any:
        real = getattr(socket.socket, name)

        def guarded(self: socket.socket, address: Any) -> Any:
            check(self, address)
            return real(self, address)

        return guarded

    resolve = socket.getaddrinfo

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_this_computer(host):
            refuse(host)
        return resolve(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guard_call("connect"))
        patch.setattr(socket.socket, "connect_ex", guard_call("connect_ex"))
        patch.setattr(socket, "getaddrinfo", guarded_resolve)
        yield
