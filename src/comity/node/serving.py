"""Serving: the HTTP server, delivery and deliveries' reminders of one node, in one process.

A thread for each peer looks whether anything waits and runs a pass of `peers.delivery`;
`serve` needs no broker and no second process, and SQLite is enough. Stopping finishes what
has been begun: a turn is either committed or was never said.

Deliberately not here: the pages (the WSGI callable is handed in), TLS, and work on more
processes over PostgreSQL.
"""

import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

from cheroot.wsgi import Server
from django.db import connections

from comity.core.errors import ComityError
from comity.node.models import Pairing
from comity.node.node import Node
from comity.node.peers import delivery, desk
from comity.node.peers.wire import Wire

POLL_SECONDS: Final = 0.05
DESK_SECONDS: Final = 1.0
PID_FILE: Final = "serve.pid"
HOST: Final = "127.0.0.1"
THREADS: Final = 10
_scatter: Final = secrets.SystemRandom()


class AlreadyServed(ComityError):
    """Another process serves this node, or something else has its port."""

    code = "already-served"


class Serving:
    """A running node. `start` returns at once; `stop` waits until what was begun is done."""

    def __init__(self, node: Node, application: Callable[..., Any]) -> None:
        self.node = node
        self._stopping = threading.Event()
        self._server = Server((HOST, node.settings.port), application, numthreads=THREADS)
        self._threads: list[threading.Thread] = []

    @property
    def address(self) -> str:
        """The address to give to a browser: a name, because cookies do not know ports."""
        return f"http://localhost:{self.node.settings.port}"

    def start(self) -> None:
        """Bind the port and start serving and delivering; `AlreadyServed` if the port is taken."""
        try:
            self._server.prepare()
        except OSError as error:
            raise AlreadyServed(f"port {self.node.settings.port} is taken: {error}") from error
        (self.node.path / PID_FILE).write_text(str(os.getpid()))
        for target in (self._server.serve, self._deliver):
            thread = threading.Thread(target=self._guarded, args=(target,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until somebody asks to stop; return whether that happened."""
        return self._stopping.wait(seconds)

    def ask_to_stop(self) -> None:
        """May be called from a signal handler."""
        self._stopping.set()

    def stop(self) -> None:
        """Stop serving and delivering, after what has been begun."""
        self._stopping.set()
        self._server.stop()
        for thread in self._threads:
            thread.join(timeout=30)
        with suppress(FileNotFoundError):
            (self.node.path / PID_FILE).unlink()

    def _guarded(self, target: Callable[[], None]) -> None:
        try:
            target()
        except Exception as error:
            _complain(f"stopped: {type(error).__name__}: {error}")
            self._stopping.set()
        finally:
            connections[self.node.alias].close()

    def _deliver(self) -> None:
        wire, desk_at = Wire(), 0.0
        for pairing, _ in _addresses(self.node):
            delivery.hurry(self.node, pairing)  # whatever was in the way before this start
        while not self._stopping.is_set():
            pairings = _addresses(self.node)
            moved = sum(self._pass(pairing, partial(wire.send, address)) for pairing, address in pairings)
            if time.monotonic() >= desk_at:
                desk_at = time.monotonic() + DESK_SECONDS
                moved += sum(self._tried(partial(desk.tell, self.node, pairing)) for pairing, _ in pairings)
            if not moved:
                self._stopping.wait(POLL_SECONDS)

    def _pass(self, pairing: str, send: delivery.Send) -> int:
        return self._tried(lambda: delivery.deliver(self.node, pairing, send, _scatter.random()).receipted)

    def _tried(self, work: Callable[[], int]) -> int:
        """Do a piece of work for one peer; if it fails, say so, wait a second and go on."""
        try:
            return work()
        except ComityError as error:
            _complain(f"delivery: {error.code}: {error}")
        except Exception as error:  # whatever one peer's answer does, the others are served on
            _complain(f"delivery: a fault of ours: {type(error).__name__}")
        self._stopping.wait(1)
        return 0


def _addresses(node: Node) -> list[tuple[str, str]]:
    """Which peers can be reached, and where: (pairing, address). Read anew for each pass."""
    return list(Pairing.objects.using(node.alias).exclude(address="").values_list("id", "address"))


def _complain(words: str) -> None:
    """Say to the operator what went wrong. Never what any body holds."""
    sys.stderr.write(f"comity: {words}\n")


def free_port(first: int) -> int:
    """Return the first free port on the loopback from `first` on."""
    for port in range(first, first + 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind((HOST, port))
                return port
    raise AlreadyServed(f"no free port from {first} to {first + 199}")
