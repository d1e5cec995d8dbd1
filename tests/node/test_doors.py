"""The door: many at once, two processes on one directory, and errors in the middle; one log."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections

from comity.cli import stories
from comity.core import bundle as bundles
from comity.core.errors import ComityError
from comity.node import doctoring, models
from comity.node.casework import arriving, docket, doors, facts
from comity.node.casework.speaking import CannotSay, Saying, say, say_all
from comity.node.disclosure import decisions
from comity.node.log.door import ATTEMPTS_MAX, Door, Draft, LostRace, _Ticket
from comity.node.node import Node
from comity.node.peers import delivery, desk, exchange
from comity.tracks.registry import Registry

if TYPE_CHECKING:
    from tests.node.conftest import Hand, Pair, Stage

THREADS = 8


@contextmanager
def crowd() -> Iterator[ThreadPoolExecutor]:
    """Eight threads; each closes its connections when it ends."""
    with ThreadPoolExecutor(THREADS) as threads:
        yield threads
        barrier = threading.Barrier(THREADS)

        def leave() -> None:
            barrier.wait(timeout=30)
            connections.close_all()

        for done in [threads.submit(leave) for _ in range(THREADS)]:
            done.result()


def notification(stage: "Stage", case: str | None = None, says: str = "notify") -> Saying:
    content = stories.notification(stage, 1, "Ephedrine", "299-42-3", "10")
    return stories._desk("IN", says, case, content, stage.pair.memorandum)


def intact(node: Node, pairing: str) -> None:
    """The log has its root; no index, slot or hash twice; the docket is what the turns make it."""
    checks = {check.name: check for check in doctoring.examine(node)}
    assert checks["logs"].ok, checks["logs"].words
    assert checks["bodies"].ok, checks["bodies"].words
    entries = list(models.Entry.objects.using(node.alias).filter(log=pairing).order_by("index"))
    assert [entry.index for entry in entries] == list(range(len(entries)))
    assert len({entry.hash for entry in entries}) == len(entries)
    head = models.Head.objects.using(node.alias).get(log=pairing)
    assert head.size == len(entries)
    slots = models.Slot.objects.using(node.alias).filter(pairing=pairing)
    by_case: dict[tuple[str, str], list[Any]] = {}
    for slot in slots.order_by("n"):
        by_case.setdefault((slot.case, slot.party), []).append(slot)
    for found in by_case.values():
        assert [slot.n for slot in found] == list(range(1, len(found) + 1))
    before = list(models.Docket.objects.using(node.alias).order_by("case").values())
    docket.rebuild(node)
    after = list(models.Docket.objects.using(node.alias).order_by("case").values())
    assert [{**row, "id": 0} for row in after] == [{**row, "id": 0} for row in before]


def test_eight_at_once_in_many_cases_lose_and_double_nothing(agreed: "Pair", played: "Stage") -> None:
    saying = notification(played)
    with crowd() as threads:
        said = list(threads.map(lambda _: say(agreed.one, agreed.id, saying), range(48)))

    assert len({one.turn.case for one in said}) == len({one.hash for one in said}) == 48
    slots = models.Slot.objects.using(agreed.one.alias).filter(hash__in=[one.hash for one in said])
    assert slots.count() == 48
    assert models.Outbox.objects.using(agreed.one.alias).filter(state="waiting").count() == 48
    intact(agreed.one, agreed.id)
    agreed.deliver()
    intact(agreed.two, agreed.id)
    assert {agreed.state(one.turn.case) for one in said} == {"notified"}


def test_eight_at_once_in_one_case_take_one_slot_each(agreed: "Pair", played: "Stage") -> None:
    case = stories.notify(
        played, agreed.memorandum, stories.notification(played, 1, "Ephedrine", "299-42-3", "1")
    )
    saying = notification(played, case, "correct")
    with crowd() as threads:
        said = list(threads.map(lambda _: say(agreed.one, agreed.id, saying), range(24)))

    assert sorted(one.turn.n for one in said) == list(range(2, 26))
    chain = {one.turn.n: one for one in said}
    assert all(chain[n].turn.prev == chain[n - 1].hash for n in range(3, 26))
    intact(agreed.one, agreed.id)
    agreed.deliver()
    assert agreed.state(case) == "notified"
    intact(agreed.two, agreed.id)


def test_only_one_of_eight_can_end_a_case(agreed: "Pair", played: "Stage") -> None:
    case = stories.notify(
        played, agreed.memorandum, stories.notification(played, 1, "Ephedrine", "299-42-3", "1")
    )
    saying = stories._desk("IN", "withdraw", case, None)

    def attempt(_: int) -> str:
        try:
            return say(agreed.one, agreed.id, saying).hash
        except CannotSay as refused:
            return refused.judgement.code or ""

    with crowd() as threads:
        found = list(threads.map(attempt, range(16)))
    assert found.count("out-of-turn") == 15
    assert sum(len(one) == 64 for one in found) == 1
    intact(agreed.one, agreed.id)


def test_those_who_wait_are_written_together(agreed: "Pair", monkeypatch: pytest.MonkeyPatch) -> None:
    """While one commit is held up, the others gather; they then share one transaction."""
    door = doors.door(agreed.one, agreed.id)
    batches: list[int] = []
    gathered, real = threading.Event(), Door._commit

    def slow(self: Door, batch: list[Any]) -> None:
        if not batches:
            assert gathered.wait(30)
        batches.append(len(batch))
        real(self, batch)

    monkeypatch.setattr(Door, "_commit", slow)
    with crowd() as threads:
        first = threads.submit(door.write, lambda draft: draft.append("x", "IN", "f" * 64, b"first"))
        others = [
            threads.submit(door.write, lambda draft, n=n: draft.append("x", "IN", f"{n:064}", b"%d" % n))
            for n in range(THREADS - 1)
        ]
        while len(door._queue) < THREADS - 1:
            pass
        gathered.set()
        indices = [first.result(), *(one.result() for one in others)]
    assert batches == [1, THREADS - 1]
    assert len(set(indices)) == THREADS
    assert doctoring._heads(agreed.one).ok


def test_one_jobs_error_takes_back_its_own_part_only(agreed: "Pair", monkeypatch: pytest.MonkeyPatch) -> None:
    door = doors.door(agreed.one, agreed.id)
    size = door.tree().size

    class Wrong(ComityError):
        """What the job in the middle raises."""

    def job(number: int) -> Callable[[Draft], int]:
        def work(draft: Draft) -> int:
            index = draft.append("x", "IN", f"{number:064}", b"%d" % number)
            draft.changes.append(lambda: None)
            if number == 1:
                raise Wrong("in the middle")
            return index

        return work

    tickets: list[Any] = [_Ticket(job(number)) for number in range(3)]
    door._commit(tickets)
    assert [ticket.value for ticket in tickets] == [size, None, size + 1]
    assert isinstance(tickets[1].error, Wrong)
    hashes = set(models.Entry.objects.using(agreed.one.alias).values_list("hash", flat=True))
    assert f"{0:064}" in hashes
    assert f"{1:064}" not in hashes
    assert door.tree().size == size + 2
    assert doctoring._heads(agreed.one).ok
    with pytest.raises(Wrong, match="in the middle"):
        door.write(job(1))


def test_a_commit_that_fails_leaves_nothing_and_is_told_to_all_who_shared_it(agreed: "Pair") -> None:
    door = doors.door(agreed.one, agreed.id)
    before = list(models.Entry.objects.using(agreed.one.alias).values_list("hash", flat=True))

    def breaks(draft: Draft) -> None:
        draft.append("x", "IN", "a" * 64, b"one")

        def fail() -> None:
            raise OSError("the disk is full")

        draft.changes.append(fail)

    with pytest.raises(OSError, match="disk is full"):
        door.write(breaks)
    assert list(models.Entry.objects.using(agreed.one.alias).values_list("hash", flat=True)) == before
    assert door.write(lambda draft: draft.append("x", "IN", "b" * 64, b"two")) == len(before)
    assert doctoring._heads(agreed.one).ok


# ----------------------------------------------------------------- two on one directory


@pytest.fixture
def twin(agreed: "Pair", open_at: Callable[..., Node], registries: dict[str, Registry]) -> Node:
    """A second `Node` on the first one's directory, as another process would have it."""
    return open_at(agreed.one.path, agreed.clock, registries["gated"])


def test_two_processes_on_one_directory_take_turns_at_the_head(
    agreed: "Pair", played: "Stage", twin: Node
) -> None:
    case = stories.notify(
        played, agreed.memorandum, stories.notification(played, 1, "Ephedrine", "299-42-3", "1")
    )
    saying = notification(played, case, "correct")
    for number in range(6):
        node = (agreed.one, twin)[number % 2]
        assert say(node, agreed.id, saying).turn.n == number + 2
    intact(agreed.one, agreed.id)
    agreed.deliver()
    assert say(twin, agreed.id, stories._desk("IN", "withdraw", case, None)).turn.n == 8
    agreed.deliver()
    assert agreed.state(case) == "withdrawn"


def test_two_processes_and_eight_threads_at_once_lose_and_double_nothing(
    agreed: "Pair", played: "Stage", twin: Node
) -> None:
    case = stories.notify(
        played, agreed.memorandum, stories.notification(played, 1, "Ephedrine", "299-42-3", "1")
    )
    new, old = notification(played), notification(played, case, "correct")

    def speak(number: int) -> Any:
        return say((agreed.one, twin)[number % 2], agreed.id, (new, old)[number // 2 % 2])

    with crowd() as threads:
        said = list(threads.map(speak, range(32)))
    assert sorted(one.turn.n for one in said if one.turn.case == case) == list(range(2, 18))
    assert len({one.hash for one in said}) == 32
    intact(twin, agreed.id)
    agreed.deliver()
    intact(agreed.two, agreed.id)


def test_whoever_loses_the_race_prepares_again(agreed: "Pair", twin: Node) -> None:
    """Between preparing and committing, the other process writes: the draft is made anew on top."""
    door, rival = doors.door(agreed.one, agreed.id), doors.door(twin, agreed.id)
    seen: list[int] = []

    def job(draft: Draft) -> int:
        seen.append(draft.size)
        if len(seen) == 1:
            rival.write(lambda other: other.append("x", "IN", "c" * 64, b"rival"))
        return draft.append("x", "IN", "d" * 64, b"ours")

    index = door.write(job)
    assert seen == [index - 1, index]
    assert doctoring._heads(agreed.one).ok


def test_a_race_that_is_lost_again_and_again_ends_with_a_word(agreed: "Pair", twin: Node) -> None:
    door, rival = doors.door(agreed.one, agreed.id), doors.door(twin, agreed.id)
    tried: list[int] = []

    def job(draft: Draft) -> None:
        tried.append(draft.size)
        rival.write(lambda other: other.append("x", "IN", f"{len(tried):064}", b"%d" % len(tried)))
        draft.append("x", "IN", "e" * 64, b"never")

    with pytest.raises(LostRace, match=r"moved \d+ times"):
        door.write(job)
    assert len(tried) == ATTEMPTS_MAX
    assert not models.Entry.objects.using(agreed.one.alias).filter(hash="e" * 64).exists()
    assert doctoring._heads(agreed.one).ok


# -------------------------------------------------------------------- several sayings


def test_several_sayings_in_one_write_are_all_said_or_none(agreed: "Pair", played: "Stage") -> None:
    size = doors.door(agreed.one, agreed.id).tree().size
    good = notification(played)
    with pytest.raises(CannotSay):
        say_all(agreed.one, agreed.id, [good, replace(good, office="IN/MHA"), good])
    assert doors.door(agreed.one, agreed.id).tree().size == size
    said = say_all(agreed.one, agreed.id, [good] * 5)
    assert doors.door(agreed.one, agreed.id).tree().size == size + 5
    assert len({one.turn.case for one in said}) == 5
    intact(agreed.one, agreed.id)


def test_the_local_log_is_a_log_of_its_own(agreed: "Pair") -> None:
    pair_size = doors.door(agreed.one, agreed.id).tree().size
    with crowd() as threads:
        list(
            threads.map(
                lambda n: decisions.log(agreed.one, "looked", agreed.id, agreed.memorandum, 1, f"{n:064}"),
                range(16),
            )
        )
    assert doors.door(agreed.one, agreed.id).tree().size == pair_size
    assert models.Head.objects.using(agreed.one.alias).get(log=models.LOCAL).size == 16
    assert doctoring._heads(agreed.one).ok


def test_the_same_push_twice_at_once_is_one_saying(
    agreed: "Pair", played: "Stage", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sender lost patience and sent again while the first was being judged: both share a commit."""
    content = stories.notification(played, 1, "Ephedrine", "299-42-3", "10")
    played.provisionally("IN", stories._desk("IN", "notify", None, content, agreed.memorandum))
    desk.tell(agreed.one, agreed.id)
    push: list[bytes] = []

    def keep(text: bytes) -> bytes:
        push.append(text)
        raise delivery.Unreachable("kept")

    delivery.deliver(agreed.one, agreed.id, keep)
    gathered, real, batches = threading.Event(), Door._commit, list[int]()

    def slow(self: Door, batch: list[Any]) -> None:
        assert gathered.wait(30)
        batches.append(len(batch))
        real(self, batch)

    monkeypatch.setattr(Door, "_commit", slow)
    door = doors.door(agreed.two, agreed.id)
    size = door.tree().size
    with crowd() as threads:
        threads.submit(door.write, lambda draft: None)
        answers = [threads.submit(exchange.receive, agreed.two, push[0]) for _ in range(3)]
        while len(door._queue) < 3:
            pass
        gathered.set()
        texts = {bundles.parse(answer.result()).of("statement") for answer in answers}
    assert batches[1] == 3
    assert len(texts) == 1
    statements = len(bundles.parse(push[0]).of("statement"))
    assert door.tree().size == size + 2 + statements
    intact(agreed.two, agreed.id)


def test_a_hold_counts_at_once_for_whoever_shares_the_commit(
    agreed: "Pair", played: "Stage", hand: Callable[[str], "Hand"]
) -> None:
    content = stories.notification(played, 1, "Ephedrine", "299-42-3", "10")
    case = stories.notify(played, agreed.memorandum, content)
    india = hand("IN")
    one, other = (india.seal(india.turn(case, "withdraw", by=by)) for by in (1, 2))
    india.send(one)
    third = india.seal(india.turn("IN-" + "c" * 32, "notify"))
    signed = facts.of(agreed.two, agreed.id)
    tickets: list[Any] = []
    for sealed in (other, third):
        item = arriving.prepare_turn(signed, sealed.text, {})
        tickets.append(_Ticket(partial(arriving._receive, items=[item])))
    doors.door(agreed.two, agreed.id)._commit(tickets)
    assert [ticket.value[0].answer.code for ticket in tickets] == ["held", "held"]
