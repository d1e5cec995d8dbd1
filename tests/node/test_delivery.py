"""The outbox: patience, the same bytes again, and nothing marked done before it is proven."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.cli import stories
from comity.core import bundle as bundles
from comity.core import envelope
from comity.core.bundle import Answer, Bundle, Cover, Record
from comity.core.case import Said
from comity.core.checkpoint import Checkpoint, sign_checkpoint
from comity.core.turn import Statement, statement_payload
from comity.node import bodies, doctoring, models
from comity.node.casework.receipts import backoff
from comity.node.casework.speaking import say
from comity.node.disclosure.release import NotReleased
from comity.node.log import store
from comity.node.node import Node
from comity.node.peers import delivery, desk, exchange
from comity.node.peers.exchange import Unwelcome

if TYPE_CHECKING:
    from tests.node.conftest import Hand, Pair, Stage

Answering = Callable[[bytes], bytes]


@pytest.fixture
def case(played: "Stage") -> str:
    content = stories.notification(played, 1, "Ephedrine", "299-42-3", "10")
    return stories.notify(played, played.pair.memorandum, content)


@pytest.fixture
def said(played: "Stage", case: str) -> Said:
    """A withdrawal by India that waits to be sent."""
    return played.provisionally("IN", stories._desk("IN", "withdraw", case, None))


def row_of(pair: "Pair", said: Said) -> models.Outbox:
    return models.Outbox.objects.using(pair.one.alias).get(item=said.hash)


def once(pair: "Pair", send: Answering, jitter: float = 0.0) -> delivery.Pass:
    delivery.hurry(pair.one, pair.id)
    return delivery.deliver(pair.one, pair.id, send, jitter)


def is_open(pair: "Pair", said: Said) -> bool:
    """Nothing was marked done: it waits, without verdict and receipt, and the case is provisional."""
    alias = pair.one.alias
    waiting = row_of(pair, said).state == "waiting"
    verdict = models.Verdict.objects.using(alias).filter(turn=said.hash).exists()
    receipt = models.Receipt.objects.using(alias).filter(item=said.hash).exists()
    return waiting and not verdict and not receipt and pair.standing(pair.one, said.turn.case).provisional


def is_done(pair: "Pair", said: Said) -> bool:
    row = row_of(pair, said)
    receipt = models.Receipt.objects.using(pair.one.alias).get(item=said.hash)
    verdict = models.Verdict.objects.using(pair.one.alias).get(turn=said.hash)
    theirs = models.Verdict.objects.using(pair.two.alias).get(turn=said.hash)
    assert bytes(verdict.text) == bytes(theirs.text)
    assert receipt.index == theirs.index
    return row.state == "receipted" and verdict.accepted


# -------------------------------------------------------------------------------- patience


def test_a_peer_that_is_away_is_asked_again_with_doubling_waits_up_to_an_hour(
    agreed: "Pair", said: Said
) -> None:
    agreed.wire_down = True
    send = agreed.send_to(agreed.two)
    waits = []
    for attempt in range(18):
        passed = delivery.deliver(agreed.one, agreed.id, send)
        assert (passed.sent, passed.receipted, passed.waiting) == (1, 0, 1)
        row = row_of(agreed, said)
        assert (row.state, row.attempts) == ("waiting", attempt + 1)
        assert row.reason == "unreachable: the wire is down"
        waits.append((row.next_at - agreed.clock.now()).total_seconds())
        assert delivery.deliver(agreed.one, agreed.id, send) == delivery.Pass()  # not due yet
        agreed.clock.at = row.next_at
    assert waits == [0.5 * 2**n for n in range(13)] + [3600.0] * 5
    assert is_open(agreed, said)
    assert len({agreed.carried[-number] for number in range(1, 3)}) == 2  # a new cover, with the time
    items = {bundles.parse(text).of("turn") for text in agreed.carried[-18:]}
    assert len(items) == 1  # around the same bytes

    agreed.wire_down = False
    agreed.deliver()
    assert is_done(agreed, said)


@given(attempts=st.integers(0, 10_000), jitter=st.floats(0, 1))
def test_a_wait_is_never_longer_than_an_hour_and_a_fifth(attempts: int, jitter: float) -> None:
    wait = backoff(attempts, jitter)
    assert timedelta(seconds=0.5) <= wait <= timedelta(seconds=3600 * 1.2)
    assert wait <= backoff(attempts + 1, 1.0)


def test_what_waits_for_long_is_seen_by_the_doctor(agreed: "Pair", said: Said) -> None:
    agreed.wire_down = True
    once(agreed, agreed.send_to(agreed.two))
    agreed.clock.pass_by(minutes=61)
    (check,) = (check for check in doctoring.examine(agreed.one) if check.name == "outbox")
    assert not check.ok
    assert "1 wait" in check.words


# ------------------------------------------------------------------- lost and repeated


def test_a_lost_answer_is_made_good_by_sending_again(agreed: "Pair", said: Said) -> None:
    answers = []

    def lose(text: bytes) -> bytes:
        answers.append(exchange.receive(agreed.two, text))
        raise delivery.Unreachable("the answer was lost")

    for _ in range(3):
        once(agreed, lose)
        assert is_open(agreed, said)
        assert agreed.standing(agreed.two, said.turn.case).state == "withdrawn"  # they have it
        agreed.clock.pass_by(seconds=90)

    verdicts = {bundles.parse(answer).of("statement") for answer in answers}
    assert len(verdicts) == 1
    size = store.frontier(agreed.two, agreed.id).size
    agreed.deliver()
    assert is_done(agreed, said)
    assert store.frontier(agreed.two, agreed.id).size == size


def test_the_same_push_twice_is_one_saying(agreed: "Pair", said: Said) -> None:
    send = agreed.send_to(agreed.two)
    once(agreed, send)
    pushed, size = agreed.carried[-1], store.frontier(agreed.two, agreed.id).size
    first, again = agreed.answered[-1], exchange.receive(agreed.two, pushed)
    assert bundles.parse(first).of("statement") == bundles.parse(again).of("statement")
    assert store.frontier(agreed.two, agreed.id).size == size
    assert is_done(agreed, said)


def test_an_answer_that_comes_twice_is_recorded_once(agreed: "Pair", said: Said) -> None:
    """Two passes send the same item before either has an answer, as two processes may."""
    outer = agreed.send_to(agreed.two)

    def twice(text: bytes) -> bytes:
        inner = once(agreed, outer)
        assert inner.receipted == 1
        return outer(text)

    rows = list(models.Outbox.objects.using(agreed.one.alias).filter(state="waiting"))
    assert len(rows) == 1
    once(agreed, twice)
    assert is_done(agreed, said)
    assert doctoring._heads(agreed.one).ok


# --------------------------------------------------------------------- answers that lie


def test_an_answer_with_any_byte_changed_marks_nothing_done(agreed: "Pair", said: Said) -> None:
    chance = random.Random(7)

    def corrupt(text: bytes) -> bytes:
        answer = bytearray(exchange.receive(agreed.two, text))
        answer[chance.randrange(len(answer))] ^= chance.randrange(1, 256)
        return bytes(answer)

    for _ in range(60):
        passed = once(agreed, corrupt)
        assert passed.receipted == 0
        assert is_open(agreed, said)
    assert row_of(agreed, said).attempts == 60
    agreed.deliver()
    assert is_done(agreed, said)


@pytest.mark.parametrize("text", [b"", b"<html>502 Bad Gateway</html>", b"comity-bundle/1\n", b"\x00" * 5000])
def test_an_answer_that_is_no_bundle_marks_nothing_done(agreed: "Pair", said: Said, text: bytes) -> None:
    once(agreed, lambda _: text)
    assert is_open(agreed, said)
    assert row_of(agreed, said).reason.startswith("malformed:")


Forge = Callable[["Forger", Bundle, tuple[Answer, ...]], list[Record] | None]


class Forger:
    """The other side's node, which answers with its own keys and lies about what it did."""

    def __init__(self, pair: "Pair", forge: Forge, **cover: Any) -> None:
        self.pair, self.forge, self.cover = pair, forge, cover

    @property
    def node(self) -> Node:
        return self.pair.two

    def __call__(self, text: bytes) -> bytes:
        honest = bundles.parse(exchange.receive(self.node, text))
        answers = bundles.parse_answers(honest.of("answers")[0])
        records = self.forge(self, honest, answers) or list(honest.records)
        cover = replace(bundles.parse_cover(honest), contents="", **self.cover)
        return bundles.pack(records, cover, self.node.node_signer())

    def verdict(self, honest: Bundle, **parts: Any) -> Record:
        """The same verdict, signed again with something changed."""
        from comity.core.turn import parse_statement

        told = parse_statement(envelope.parse(honest.of("statement")[0]).payload)
        changed: Statement = replace(told, **parts)
        sealed = envelope.seal(envelope.STATEMENT, statement_payload(changed), self.node.node_signer())
        return Record("statement", sealed.text)


def put(honest: Bundle, *records: Record) -> list[Record]:
    """The records of an answer, with all of these kinds in place of the honest ones."""
    kinds = {record.kind for record in records}
    return [*(record for record in honest.records if record.kind not in kinds), *records]


def answers(*found: Answer) -> Record:
    return bundles.answers_record(found)


LIES: dict[str, Forge] = {
    "a verdict that is not in its log": lambda f, h, a: put(
        h, f.verdict(h, at=f.pair.clock.now().replace(year=2027))
    ),
    "a verdict on another case": lambda f, h, a: put(h, f.verdict(h, case="IN-" + "0" * 32)),
    "a verdict on another turn": lambda f, h, a: put(h, f.verdict(h, turn="0" * 64)),
    "a verdict of another pairing": lambda f, h, a: put(h, f.verdict(h, pairing="0" * 64)),
    "a verdict in our name": lambda f, h, a: put(h, f.verdict(h, sender="IN", receiver="US")),
    "another verdict than it signs": lambda f, h, a: put(h, answers(replace(a[0], status="refused"))),
    "that it logged a turn and judged nothing": lambda f, h, a: [
        record for record in put(h, answers(replace(a[0], status="logged"))) if record.kind != "statement"
    ],
    "no verdict": lambda f, h, a: [record for record in h.records if record.kind != "statement"],
    "nothing of what was sent": lambda f, h, a: put(h, answers()),
    "what was not sent": lambda f, h, a: put(h, answers(a[0], replace(a[0], item="0" * 64))),
    "the same twice": lambda f, h, a: put(h, answers(a[0], a[0])),
    "another place in its log": lambda f, h, a: put(h, answers(replace(a[0], index=(a[0].index or 1) - 1))),
    "no place in its log": lambda f, h, a: put(h, answers(replace(a[0], index=None))),
    "no proof": lambda f, h, a: put(h, bundles.proofs_record({}, ())),
    "no checkpoint": lambda f, h, a: [record for record in h.records if record.kind != "checkpoint"],
    "two checkpoints": lambda f, h, a: [*h.records, Record("checkpoint", h.of("checkpoint")[0])],
    "no answers": lambda f, h, a: [record for record in h.records if record.kind != "answers"],
    "a checkpoint by another key": lambda f, h, a: put(h, _checkpoint(f.pair.one, f.pair.id)),
}


def _checkpoint(node: Node, pairing: str) -> Record:
    return Record("checkpoint", store.signed_checkpoint(node, pairing, store.frontier(node, pairing)))


@pytest.mark.parametrize("lie", LIES)
def test_a_peer_that_lies_in_its_answer_gets_nothing_marked_done(
    lie: str, agreed: "Pair", said: Said
) -> None:
    passed = once(agreed, Forger(agreed, LIES[lie]))
    assert passed.receipted == 0
    assert is_open(agreed, said)
    assert row_of(agreed, said).reason.split(":")[0] in ("unproven", "malformed")
    agreed.deliver()
    assert is_done(agreed, said)


@pytest.mark.parametrize(
    "cover",
    [{"pairing": "0" * 64}, {"sender": "IN"}, {"says": "push"}, {"answers": "0" * 64}, {"answers": None}],
)
def test_an_answer_to_something_else_marks_nothing_done(
    cover: dict[str, Any], agreed: "Pair", said: Said
) -> None:
    once(agreed, Forger(agreed, lambda *_: None, **cover))
    assert is_open(agreed, said)
    assert row_of(agreed, said).reason.startswith("unproven:")


def test_the_answer_to_an_earlier_push_is_not_the_answer_to_this_one(agreed: "Pair", said: Said) -> None:
    earlier = agreed.answered[-1]
    once(agreed, lambda _: earlier)
    assert is_open(agreed, said)


def test_our_own_signature_is_not_the_peers(agreed: "Pair", said: Said) -> None:
    def reflect(text: bytes) -> bytes:
        honest = bundles.parse(exchange.receive(agreed.two, text))
        cover = replace(bundles.parse_cover(honest), contents="")
        return bundles.pack(honest.records, cover, agreed.one.node_signer())

    once(agreed, reflect)
    assert is_open(agreed, said)
    assert "not signed by the peer's node" in row_of(agreed, said).reason


def test_a_log_that_shrank_or_was_written_anew_is_refused(agreed: "Pair", said: Said) -> None:
    row = models.Pairing.objects.using(agreed.one.alias).get()
    assert row.their_size > 2

    def note(size: int, root: bytes) -> Record:
        checkpoint = Checkpoint(store.origin(agreed.id, "US"), size, root)
        return Record("checkpoint", sign_checkpoint(checkpoint, agreed.two.log_signer().private))

    for size, root in (
        (row.their_size - 1, b"r" * 32),
        (row.their_size, b"r" * 32),
        (row.their_size + 9, b"r" * 32),
    ):
        shown = note(size, root)
        once(agreed, Forger(agreed, lambda f, h, a, shown=shown: put(h, shown)))  # type: ignore[misc]
        assert is_open(agreed, said)
        assert row_of(agreed, said).reason.startswith("unproven:")
    after = models.Pairing.objects.using(agreed.one.alias).get()
    assert (after.their_size, bytes(after.their_root)) == (row.their_size, bytes(row.their_root))


# -------------------------------------------------------------------------- the way out


def test_what_was_to_be_destroyed_meanwhile_does_not_leave(
    agreed: "Pair", played: "Stage", case: str
) -> None:
    from comity.node.casework import facts
    from comity.node.casework.speaking import default_marking

    signed = facts.of(agreed.one, agreed.id)
    today = agreed.clock.now().date()
    file = signed.file(agreed.memorandum)
    assert file.standing is not None
    annex = signed.annex(file, file.standing)
    assert annex is not None
    line = annex.line("counternarcotics.pre-export-notification")
    marking = replace(default_marking(signed, line, today), retain_until=today + timedelta(days=2))
    said = played.provisionally("IN", replace(stories._desk("IN", "withdraw", case, None), marking=marking))
    agreed.clock.pass_by(days=2)
    carried = len(agreed.carried)

    agreed.deliver()

    row = row_of(agreed, said)
    assert row.state == "stuck"
    assert row.reason.startswith("not-released: it was to be destroyed on")
    assert len(agreed.carried) == carried
    with pytest.raises(NotReleased, match="destroyed"):
        say(agreed.one, agreed.id, replace(stories._desk("IN", "withdraw", case, None), marking=marking))


def test_what_is_released_to_nobody_is_not_even_said(agreed: "Pair", played: "Stage", case: str) -> None:
    standing = agreed.standing(agreed.one, case)
    marking = standing.lines[0].said.turn.marking
    entries = models.Entry.objects.using(agreed.one.alias).count()
    for audience, owner in (((), "IN"), (("IN",), "IN"), (("IN", "US"), "FR")):
        marked = replace(marking, releasable_to=audience, owner=owner)
        with pytest.raises(NotReleased):
            played.provisionally("IN", replace(stories._desk("IN", "withdraw", case, None), marking=marked))
    assert models.Entry.objects.using(agreed.one.alias).count() == entries


def test_what_the_peer_cannot_read_is_stuck_and_holds_up_nothing_else(
    agreed: "Pair", hand: Callable[[str], "Hand"], played: "Stage", case: str
) -> None:
    """A turn whose signature was damaged on our own disk: the peer says malformed, and we say so."""
    india = hand("IN")
    other = stories.notify(
        played, agreed.memorandum, stories.notification(played, 2, "Ephedrine", "299-42-3", "1")
    )
    turn = india.turn(case, "withdraw")
    honest = india.seal(turn)
    broken = envelope.parse(
        honest.text.replace(b'"sig":"', b'"sig":"').replace(honest.text[-30:-24], b"AAAAAA")
    )
    india.utter(broken, turn)
    played.provisionally("IN", stories._desk("IN", "withdraw", other, None))

    agreed.deliver()

    row = models.Outbox.objects.using(agreed.one.alias).get(item=broken.hash)
    assert row.state == "stuck"
    assert row.reason.startswith("unproven: what the signature does not hold")
    assert agreed.state(other) == "withdrawn"
    (check,) = (check for check in doctoring.examine(agreed.one) if check.name == "outbox")
    assert "1 are stuck" in check.words


def test_a_body_damaged_on_the_disk_holds_up_its_own_turn_only(
    agreed: "Pair", played: "Stage", case: str
) -> None:
    content = stories.notification(played, 3, "Ephedrine", "299-42-3", "1")
    damaged = played.provisionally("IN", stories._desk("IN", "notify", None, content, agreed.memorandum))
    other = played.provisionally("IN", stories._desk("IN", "withdraw", case, None))
    assert damaged.turn.body is not None
    path = bodies.place(agreed.one, damaged.turn.body.sealed)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"\x00" + whole[-1:])

    agreed.deliver()

    assert row_of(agreed, damaged).state == "waiting"
    assert row_of(agreed, damaged).reason.startswith("body-damaged:")
    assert is_done(agreed, other)
    path.write_bytes(whole)  # from a backup
    agreed.deliver()
    assert is_done(agreed, damaged)


def test_more_than_one_bundle_holds_is_sent_in_several(agreed: "Pair", played: "Stage") -> None:
    count = delivery.BATCH_MAX + 7
    content = stories.notification(played, 1, "Ephedrine", "299-42-3", "10")
    for _ in range(count):
        played.provisionally("IN", stories._desk("IN", "notify", None, content, agreed.memorandum))
    before = len(agreed.carried)
    assert delivery.waiting(agreed.one, agreed.id) == count
    agreed.deliver()
    assert delivery.waiting(agreed.one, agreed.id) == 0
    assert len(agreed.carried) == before + 2
    assert doctoring._heads(agreed.one).ok
    assert doctoring._heads(agreed.two).ok


# -------------------------------------------------------------- statements, and strangers


def test_delivered_is_stated_once_for_each_turn_and_only_where_somebody_holds_the_office(
    agreed: "Pair", case: str
) -> None:
    models.Tenure.objects.using(agreed.two.alias).filter(office="US/DEA").delete()
    agreed.two.desk.clear()
    told = models.Told.objects.using(agreed.two.alias)
    count = desk.tell(agreed.two, agreed.id)
    assert told.count() == count
    lying = models.Slot.objects.using(agreed.two.alias).filter(case=case, party="IN").get()
    assert not told.filter(turn=lying.hash).exists()

    from comity.node import people

    people.appoint(agreed.two, "Third officer", ("US/DEA",), "officer", agreed.clock.now().date())
    assert desk.tell(agreed.two, agreed.id) == 1
    assert told.filter(turn=lying.hash, kind="delivered").count() == 1
    assert desk.tell(agreed.two, agreed.id) == 0
    agreed.deliver()
    statements = models.Entry.objects.using(agreed.one.alias).filter(kind="statement", party="US")
    assert any(b'"delivered"' in envelope.parse(bytes(row.text)).payload for row in statements)
    assert agreed.state(case) == "notified"


def test_a_verdict_that_is_pushed_as_a_statement_is_not_one(
    agreed: "Pair", said: Said, hand: Callable[[str], "Hand"]
) -> None:
    """The peer pushes "accepted" by itself, and then answers with the same: it works once, in the answer."""
    us = hand("US")
    exchange_answer = exchange.receive(agreed.two, _push_of(agreed, said))
    (verdict,) = bundles.parse(exchange_answer).of("statement")
    _, (answer,) = us.push(Record("statement", verdict))
    assert answer.status == "malformed"
    assert is_open(agreed, said)
    agreed.deliver()
    assert is_done(agreed, said)


def _push_of(pair: "Pair", said: Said) -> bytes:
    carried: list[bytes] = []

    def keep(text: bytes) -> bytes:
        carried.append(text)
        raise delivery.Unreachable("kept")

    once(pair, keep)
    assert is_open(pair, said)
    return carried[0]


def test_a_stranger_is_told_nothing(agreed: "Pair", unpaired: tuple[Node, Node, object], said: Said) -> None:
    push = _push_of(agreed, said)
    cover = bundles.parse_cover(bundles.parse(push))
    records = bundles.parse(push).records
    stranger = unpaired[0]
    words = set()
    cheats: list[Cover] = [
        replace(cover, pairing="0" * 64),
        replace(cover, sender="US", receiver="IN"),
        replace(cover, receiver="IN"),
        replace(cover, says="answer"),
    ]
    for cheat in cheats:
        with pytest.raises(Unwelcome) as error:
            exchange.receive(agreed.two, bundles.pack(records, cheat, agreed.one.node_signer()))
        words.add(str(error.value))
    for node in (agreed.two, stranger):
        signer = node.node_signer() if node is agreed.two else agreed.one.signer(agreed.one.directory.keys[1])
        with pytest.raises(Unwelcome) as error:
            exchange.receive(agreed.two, bundles.pack(records, cover, signer))
        words.add(str(error.value))
    with pytest.raises(Unwelcome):
        exchange.receive(stranger, push)
    assert words == {"no such pairing here"}


@given(noise=st.binary(max_size=400), place=st.integers(0, 4_000))
def test_whatever_bytes_arrive_nothing_crashes(
    carried: tuple["Pair", bytes], noise: bytes, place: int
) -> None:
    pair, push = carried
    at = place % len(push)
    text = push[:at] + noise + push[at + len(noise) :]
    if text != push:
        with pytest.raises(Unwelcome):
            exchange.receive(pair.two, text)


@given(
    noise=st.one_of(st.binary(max_size=300), st.text(max_size=80).map(str.encode)),
    kind=st.sampled_from(["turn", "statement", "founding"]),
)
def test_whatever_a_peer_signs_is_answered(carried: tuple["Pair", bytes], noise: bytes, kind: str) -> None:
    """Inside a bundle that is signed rightly: any bytes at all get an answer that parses."""
    pair, push = carried
    cover = bundles.parse_cover(bundles.parse(push))
    records = [Record(kind, noise), Record(kind, noise[::-1])]
    answer = exchange.receive(
        pair.two, bundles.pack(records, replace(cover, contents=""), pair.one.node_signer())
    )
    found = bundles.parse_answers(bundles.parse(answer).of("answers")[0])
    assert {one.status for one in found} == {"malformed"}


@pytest.fixture(scope="module")
def carried(tools: Any, registries: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    pair = tools.agreed(tmp_path_factory.mktemp("carried") / "nodes", registries["gated"])
    stage = tools.stage(pair)
    content = stories.notification(stage, 1, "Ephedrine", "299-42-3", "10")
    said = stage.provisionally("IN", stories._desk("IN", "notify", None, content, pair.memorandum))
    yield pair, _push_of(pair, said)
    tools.close(*pair.nodes)


def test_what_waited_for_a_peer_that_was_away_goes_as_soon_as_it_is_back(
    agreed: "Pair", played: "Stage", said: Said
) -> None:
    agreed.wire_down = True
    send = agreed.send_to(agreed.two)
    for _ in range(9):
        once(agreed, send)
    assert row_of(agreed, said).next_at > agreed.clock.now() + timedelta(minutes=2)
    agreed.wire_down = False
    content = stories.notification(played, 1, "Ephedrine", "299-42-3", "10")
    played.provisionally("IN", stories._desk("IN", "notify", None, content, agreed.memorandum))

    assert delivery.deliver(agreed.one, agreed.id, send).receipted == 1
    assert delivery.deliver(agreed.one, agreed.id, send).receipted == 1
    assert is_done(agreed, said)
