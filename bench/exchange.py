"""Turns a second from `say` to a verified receipt, between two real processes, beside the floor.

    .venv/bin/python bench/exchange.py [--turns 2000] [--profile] [--growth 8]

The **node**: India says notifications with a body of about 2 KB; the United States' node is
a `comity serve` process of its own over SQLite with `synchronous=FULL`. A turn counts once the
signed verdict, its inclusion in the peer's log and the growth of that log are verified and
committed here. One at a time, eight officers at once, and in batches of a hundred.

The **floor** (`bench/floor.py`): the same bytes through the bare parts in the same run, again
two processes: one Ed25519 signature and one verification each way, one sealing to two
offices and one opening, one file made durable on each side, one commit each of the same
number of rows, one HTTP request. No parsing, no rules, no log, no projection.

Absolute figures are of this machine at this moment; the ratio is what carries over.
"""

import argparse
import cProfile
import io
import os
import pstats
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "comity.site.settings"

import django

django.setup()

import floor

from comity.cli import demo, stories
from comity.node.casework.speaking import Saying, say, say_all
from comity.node.models import Tenure
from comity.node.peers import delivery
from comity.node.peers import pairing as pairings
from comity.node.peers.wire import Wire
from comity.node.serving import free_port

BATCH = 100
NOTES = "Exercise. " * 130


class Bench:
    """Two paired nodes, the peer served by a process, and an instrument in force."""

    def __init__(self, base: Path) -> None:
        ports = {"IN": free_port(18701), "US": free_port(18801)}
        self.nodes = {party: demo._found(base, party, ports[party]) for party in ports}
        self.pairing = demo._pair(self.nodes, ports)
        self.served = {party: demo._serve(base, party) for party in ports}
        live = demo.Live(self.nodes, self.pairing, self.served, demo._addresses(ports))
        live.settle()
        session = stories.session(live)
        self.under = stories.memorandum(live, session.case).case
        self.stop("IN")  # from here on this process is India's node
        # Nobody serves India now, and nobody holds an office there: nothing comes back but answers.
        pairings.move(self.nodes["US"], self.pairing, "")
        Tenure.objects.using(self.nodes["US"].alias).all().delete()
        self.ours = self.nodes["IN"]
        self.send = lambda text: Wire.send(self.wire, demo._addresses(ports)["IN"], text)
        self.wire = Wire()
        self.content = stories.notification(live, 1, "Ephedrine", "299-42-3", "10") | {"notes": NOTES.strip()}

    def stop(self, party: str) -> None:
        self.served[party].terminate()
        self.served[party].wait(timeout=30)

    def saying(self) -> Saying:
        return stories._desk("IN", "notify", None, self.content, self.under)

    def deliver(self) -> int:
        return delivery.deliver(self.ours, self.pairing, self.send).receipted


def one_at_a_time(bench: Bench, turns: int) -> None:
    for _ in range(turns):
        say(bench.ours, bench.pairing, bench.saying())
        assert bench.deliver() == 1


def eight_at_once(bench: Bench, turns: int) -> None:
    def speak() -> None:
        for _ in range(turns // 8):
            say(bench.ours, bench.pairing, bench.saying())

    officers = [threading.Thread(target=speak) for _ in range(8)]
    for officer in officers:
        officer.start()
    done = 0
    while done < turns // 8 * 8:
        came = bench.deliver()
        done += came
        if not came:
            time.sleep(0.005)  # as `serve` waits: an idle loop would only take the officers' time
    for officer in officers:
        officer.join()


def batched(bench: Bench, turns: int) -> None:
    for _ in range(turns // BATCH):
        say_all(bench.ours, bench.pairing, [bench.saying() for _ in range(BATCH)])
        assert bench.deliver() == BATCH


def timed(work: Callable[[], None], turns: int) -> float:
    started = time.perf_counter()
    work()
    return turns / (time.perf_counter() - started)


@contextmanager
def workplace() -> Iterator[Path]:
    base = Path(tempfile.mkdtemp(prefix="comity-bench-"))
    try:
        yield base
    finally:
        shutil.rmtree(base, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=2000)
    parser.add_argument("--profile", action="store_true", help="also print where the batched time goes")
    parser.add_argument("--growth", type=int, default=0, help="also time so many thousands, one by one")
    arguments = parser.parse_args()
    few = max(BATCH, arguments.turns // 4)
    with workplace() as base:
        bench = Bench(base)
        try:
            rows = measure(bench, base, arguments.turns, few)
            report(rows)
            for thousand in range(1, arguments.growth + 1):
                rate = timed(lambda: batched(bench, 1000), 1000)
                sys.stdout.write(f"thousand {thousand} more, in batches: {rate:.0f} a second\n")
            if arguments.profile:
                profile(bench, few)
        finally:
            bench.stop("US")


def measure(bench: Bench, base: Path, turns: int, few: int) -> list[tuple[str, float, float]]:
    batched(bench, BATCH)  # the first ones fill caches and connections
    with floor.Floor(base / "floor") as bare:
        bare.run(BATCH, BATCH)
        return [
            (
                "one at a time",
                timed(lambda: one_at_a_time(bench, few), few),
                timed(lambda: bare.run(few, 1), few),
            ),
            (
                "eight at once",
                timed(lambda: eight_at_once(bench, few), few),
                timed(lambda: bare.run(few, 8), few),
            ),
            (
                "batches of 100",
                timed(lambda: batched(bench, turns), turns),
                timed(lambda: bare.run(turns, BATCH), turns),
            ),
        ]


def report(rows: list[tuple[str, float, float]]) -> None:
    sys.stdout.write(
        f"{datetime.now(UTC):%d %B %Y}, Python {sys.version.split()[0]}, {os.cpu_count()} cores\n"
    )
    sys.stdout.write(f"{'':16} {'node':>10} {'floor':>10} {'ratio':>8}   turns of 2 KB a second\n")
    for name, node, bare in rows:
        sys.stdout.write(f"{name:16} {node:10.0f} {bare:10.0f} {node / bare:8.0%}\n")


def profile(bench: Bench, turns: int) -> None:
    profiler = cProfile.Profile()
    profiler.runcall(batched, bench, turns)
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).sort_stats("tottime").print_stats(25)
    sys.stdout.write("Sender's own process, batched, by time in the function itself:\n" + text.getvalue())


if __name__ == "__main__":
    try:
        main()
    except subprocess.TimeoutExpired:
        sys.exit("the peer's process did not end")
