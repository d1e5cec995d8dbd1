"""One case in one file: what it proves, and that nothing in it can be changed unseen.

A stranger has the file and nothing else. One byte is changed at 500 places; records are
taken out, reordered and exchanged, also by a cheating exporter who signs the cover anew.
"""

import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comity.cli import stories
from comity.core import bundle as bundles
from comity.core import canonical, envelope
from comity.core.bundle import Record
from comity.core.evidence import Report, verify
from comity.core.proof import parse_proof, proof_bytes
from comity.core.turn import Statement, parse_turn, statement_payload, turn_payload
from comity.node import models
from comity.node.casework.speaking import say
from comity.node.disclosure.export import NoSuchCase, export
from comity.node.log import store
from comity.node.models import LOCAL
from comity.node.node import Node
from comity.tracks.registry import Registry, shipped

if TYPE_CHECKING:
    from tests.node.conftest import Hand, Pair, Stage, Tools

PLACES = 500
SEED = 19881220


def checked(text: bytes) -> Report:
    return verify(text, parse_content=shipped().parse_content)


@dataclass
class Exported:
    """The story of a cleared shipment, exported by both sides; the nodes are still open."""

    pair: "Pair"
    case: str
    files: dict[str, bytes]

    def forged(self, records: list[Record], party: str = "IN") -> Report:
        """What a stranger finds in these records when the exporter itself signs the cover."""
        node = self.pair.node(party)
        cover = bundles.parse_cover(bundles.parse(self.files[party]))
        return checked(bundles.pack(records, replace(cover, contents=""), node.node_signer()))

    def records(self, party: str = "IN") -> list[Record]:
        return list(bundles.parse(self.files[party]).records)


@pytest.fixture(scope="module")
def cleared(
    tools: "Tools", registries: dict[str, Registry], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Exported]:
    pair = tools.agreed(tmp_path_factory.mktemp("evidence") / "nodes", registries["gated"])
    stage = tools.stage(pair)
    case = stories.cleared(stage, pair.memorandum).case
    # Another case, so that there is something that must not be in the file.
    stories.notify(stage, pair.memorandum, stories.notification(stage, 9, "Ephedrine", "299-42-3", "1"))
    yield Exported(pair, case, {node.party: export(node, pair.id, case, 1) for node in pair.nodes})
    tools.close(*pair.nodes)


# ------------------------------------------------------------------------------ the whole


@pytest.mark.parametrize("party", ["IN", "US"])
def test_either_side_proves_the_case_to_a_stranger(cleared: Exported, party: str) -> None:
    report = checked(cleared.files[party])

    assert report.faults == []
    assert (report.case, report.state, report.exercise) == (cleared.case, "cleared", True)
    assert [re.sub(r".* says ([a-z-]+) .*", r"\1", line) for line in report.lines] == [
        "notify",
        "acknowledge",
        "ask",
        "answer",
        "clear",
    ]
    assert report.roots.keys() == {"IN", "US"}
    assert any("Judged again" in words and "cleared" in words for words in report.proved)
    assert not any("bodies said" in words for words in report.not_proved)
    assert any("root key" in words for words in report.not_proved)


def test_the_two_files_tell_one_story(cleared: Exported) -> None:
    ours, theirs = (checked(cleared.files[party]) for party in ("IN", "US"))
    assert ours.lines == theirs.lines
    assert ours.roots == theirs.roots


def test_the_file_holds_nothing_of_another_case(cleared: Exported) -> None:
    bundle = bundles.parse(cleared.files["IN"])
    turns = [parse_turn(envelope.parse(text).payload) for text in bundle.of("turn")]
    assert {turn.case for turn in turns} == {cleared.case, cleared.pair.memorandum}
    assert len(bundle.of("plain")) == sum(turn.body is not None for turn in turns)


def test_an_export_is_written_down_in_the_local_log(cleared: Exported) -> None:
    entries = models.Entry.objects.using(cleared.pair.one.alias).filter(log=LOCAL)
    acts = [canonical.parse(bytes(entry.text)) for entry in entries]
    made = canonical.digest(cleared.files["IN"])
    assert [(act["act"], act["case"], act["officer"]) for act in acts if act["about"] == made] == [
        ("exported", cleared.case, 1)
    ]


def test_a_case_that_is_not_here_is_not_exported(cleared: Exported) -> None:
    with pytest.raises(NoSuchCase):
        export(cleared.pair.one, cleared.pair.id, "IN-" + "0" * 32, 1)


# ---------------------------------------------------------------------------- one byte


@dataclass(frozen=True)
class Region:
    """Bytes of one kind in the file, and how a fault in them must be named."""

    kind: str
    start: int
    end: int


NAMED = {
    "cover": r"\bcover\b",
    "envelope of a turn": r"\b[Tt]urn \d+\b",
    "envelope of a verdict": r"\b[Ss]tatement \d+\b",
    "body": r"\bbody\b",
    "receipt": r"\bReceipt \d+\b",
    "checkpoint": r"\bReceipt \d+: its checkpoint\b",
    "directory": r"\bdirectory \d+\b",
    "founding note": r"\bFounding note \d+\b",
    "procedure": r"\b[Pp]rocedure\b",
    "calendar": r"\b[Cc]alendar\b",
    "framing": r"\bbundle\b",
}
KINDS = {
    "turn": "envelope of a turn",
    "statement": "envelope of a verdict",
    "plain": "body",
    "directory": "directory",
    "founding": "founding note",
    "procedure": "procedure",
    "calendar": "calendar",
}


def regions(text: bytes) -> list[Region]:
    """The whole file, byte for byte, as regions in order."""
    bundle, found, at = bundles.parse(text), [], len(b"comity-bundle/1\n")
    found.append(Region("framing", 0, at))
    for kind, record in [("cover", bundle.cover.text), *((r.kind, r.text) for r in bundle.records)]:
        header = len(b"%s %d\n" % (kind.encode(), len(record)))
        found.append(Region("framing", at, at + header))
        start, end = at + header, at + header + len(record)
        if kind == "proof":
            middle = start + record.index(b"\n\n")
            found += [Region("receipt", start, middle), Region("checkpoint", middle + 2, end)]
            found.append(Region("receipt", middle, middle + 2))
        else:
            found.append(Region(KINDS.get(kind, kind), start, end))
        found.append(Region("framing", end, end + 1))
        at = end + 1
    found.append(Region("framing", at, len(text)))
    return found


def test_the_regions_are_the_whole_file(cleared: Exported) -> None:
    found = sorted(regions(cleared.files["IN"]), key=lambda region: region.start)
    assert [region.end for region in found[:-1]] == [region.start for region in found[1:]]
    assert {region.kind for region in found} == set(NAMED)


def test_one_byte_changed_at_500_places_is_found_and_named(cleared: Exported) -> None:
    chance, text = random.Random(SEED), cleared.files["IN"]
    by_kind: dict[str, list[Region]] = {}
    for region in regions(text):
        by_kind.setdefault(region.kind, []).append(region)
    missed, found = [], Counter[str]()
    for number in range(PLACES):
        kind = list(NAMED)[number % len(NAMED)]
        region = chance.choice(by_kind[kind])
        place = chance.randrange(region.start, region.end)
        changed = bytearray(text)
        changed[place] ^= chance.randrange(1, 256)
        faults = checked(bytes(changed)).faults
        found[kind] += 1
        if not any(re.search(NAMED[kind], fault) for fault in faults):
            missed.append((kind, place, bytes(changed[place - 30 : place + 30]), faults))
    assert missed == []
    assert sum(found.values()) == PLACES
    assert min(found.values()) >= PLACES // len(NAMED)


def test_a_bit_of_each_signature_counts_however_the_file_is_signed_again(cleared: Exported) -> None:
    """The exporter signs a new cover over changed records: each is found by what it is."""
    chance, records = random.Random(SEED), cleared.records()
    for number, record in enumerate(records):
        for _ in range(2):
            changed = bytearray(record.text)
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            forged = [*records[:number], Record(record.kind, bytes(changed)), *records[number + 1 :]]
            report = cleared.forged(forged)
            assert report.faults, (record.kind, number)
            assert not any("cover" in fault for fault in report.faults)


# --------------------------------------------------------------------- whole records


def test_a_record_taken_out_breaks_the_cover(cleared: Exported) -> None:
    text = cleared.files["IN"]
    bundle = bundles.parse(text)
    for number in range(len(bundle.records)):
        rest = [*bundle.records[:number], *bundle.records[number + 1 :]]
        parts = [b"comity-bundle/1\n", b"cover %d\n" % len(bundle.cover.text), bundle.cover.text, b"\n"]
        for record in rest:
            parts += [record.kind.encode(), b" %d\n" % len(record.text), record.text, b"\n"]
        report = checked(b"".join([*parts, b"end %d\n" % len(rest)]))
        assert any("cover" in fault or "does not parse" in fault for fault in report.faults)


def test_a_record_that_the_exporter_itself_leaves_out_is_missed(cleared: Exported) -> None:
    """Each is missed as a fault, or its absence is said: a body, a receipt of the other side, a calendar."""
    whole, records = checked(cleared.files["IN"]), cleared.records()
    for number, record in enumerate(records):
        report = cleared.forged([*records[:number], *records[number + 1 :]])
        if record.kind in ("plain", "calendar") or _is_theirs(record):
            assert report.faults or set(report.not_proved) - set(whole.not_proved), (record.kind, number)
        else:
            assert report.faults, (record.kind, number)


def _is_theirs(record: Record) -> bool:
    """A receipt: the proof that a verdict stands in the log of the other side."""
    return record.kind == "proof" and b"/US\n" in record.text


def test_turns_in_another_order_prove_the_same(cleared: Exported) -> None:
    """Where a case stands is a function of the set of its turns; the file's order proves nothing."""
    records = cleared.records()
    chance = random.Random(SEED)
    before = checked(cleared.files["IN"])
    for _ in range(3):
        chance.shuffle(records)
        report = cleared.forged(records)
        assert report.faults == []
        assert (report.state, report.lines) == (before.state, before.lines)


def test_a_record_twice_is_no_second_saying(cleared: Exported) -> None:
    records = cleared.records()
    for record in records:
        report = cleared.forged([*records, record])
        lines = checked(cleared.files["IN"]).lines
        assert report.faults or report.lines == lines


def test_two_bodies_exchanged_are_found(cleared: Exported) -> None:
    """Between the turns there is nothing to exchange: a body is found by its hash, so one is forged."""
    records = cleared.records()
    bodies = [number for number, record in enumerate(records) if record.kind == "plain"]
    content = records[bodies[-1]].text.replace(b'"authority_reference"', b'"authority-reference"')
    for number in bodies:
        forged = [*records]
        forged[number] = Record("plain", content if number == bodies[-1] else records[bodies[-1]].text + b" ")
        report = cleared.forged(forged)
        assert any("body" in fault.lower() for fault in report.faults)


def test_proofs_exchanged_between_two_turns_are_found(cleared: Exported) -> None:
    records = cleared.records()
    first, second = [number for number, record in enumerate(records) if record.kind == "proof"][:2]
    one, other = parse_proof(records[first].text), parse_proof(records[second].text)
    forged = [*records]
    forged[first] = Record("proof", proof_bytes(replace(one, extra=other.extra)))
    forged[second] = Record("proof", proof_bytes(replace(other, extra=one.extra)))
    assert sum("Receipt" in fault for fault in cleared.forged(forged).faults) == 2


# --------------------------------------------------------------------- a lying exporter


def test_nobody_gives_the_verdict_on_its_own_turn(cleared: Exported) -> None:
    """India's node signs "accepted" for India's own turn in place of the other side's verdict."""
    records, node = cleared.records(), cleared.pair.one
    at = next(
        number
        for number, record in enumerate(records)
        if record.kind == "statement" and b"US" in envelope.parse(record.text).payload
    )
    turn = next(
        envelope.parse(record.text)
        for record in records
        if record.kind == "turn" and parse_turn(envelope.parse(record.text).payload).sender == "IN"
    )
    said = parse_turn(turn.payload)
    own = Statement(
        kind="accepted",
        pairing=said.pairing,
        sender="IN",
        receiver="US",
        case=said.case,
        turn=turn.hash,
        at=said.said_at,
    )
    forged = [*records]
    forged[at] = Record(
        "statement", envelope.seal(envelope.STATEMENT, statement_payload(own), node.node_signer()).text
    )
    report = cleared.forged(forged)
    assert any("not given by the party to which the turn was said" in fault for fault in report.faults)


def test_evidence_from_a_fork_is_found(
    cleared: Exported, tmp_path: Path, tools: "Tools", registries: dict[str, Registry]
) -> None:
    """India runs a copy of its node on another way and mixes the proofs of both in one file."""
    pair = cleared.pair
    shutil.copytree(pair.one.path, tmp_path / "IN")
    fork = tools.open_at(tmp_path / "IN", pair.clock, registries["gated"])
    try:
        grown = [_grown(node, officer) for officer, node in enumerate((pair.one, fork), 1)]
        assert grown[0][1] == grown[1][1]
        records = list(bundles.parse(grown[0][0]).records)
        other = [record for record in bundles.parse(grown[1][0]).records if record.kind == "proof"]
        proofs = [number for number, record in enumerate(records) if record.kind == "proof"]
        assert cleared.forged(records).faults == []
        records[proofs[0]] = next(
            record
            for record in other
            if parse_proof(record.text).extra == parse_proof(records[proofs[0]].text).extra
        )
        report = cleared.forged(records)
        assert any("forked" in fault for fault in report.faults)
    finally:
        tools.close(fork)


def _grown(node: Node, officer: int) -> tuple[bytes, int]:
    """Say one more thing in another case, so that each copy's log goes its own way; export."""
    row = models.Pairing.objects.using(node.alias).get()
    case = models.Docket.objects.using(node.alias).filter(state="notified").order_by("case").first()
    assert case is not None
    say(node, row.id, replace(stories._desk("IN", "withdraw", case.case, None), by=officer))
    cleared = models.Docket.objects.using(node.alias).get(state="cleared").case
    return export(node, row.id, cleared, 1), store.frontier(node, row.id).size


def test_a_file_of_one_pairing_is_not_of_another(cleared: Exported, stage: "Stage") -> None:
    session = stories.session(stage)
    memorandum = stories.memorandum(stage, session.case)
    case = stories.cleared(stage, memorandum.case).case
    other = bundles.parse(export(stage.pair.one, stage.pair.id, case, 1)).records
    mixed = [*cleared.records(), *(record for record in other if record.kind == "turn")]
    assert cleared.forged(mixed).faults


def test_two_sayings_in_one_slot_are_a_fault(cleared: Exported) -> None:
    records, node = cleared.records(), cleared.pair.one
    number = next(n for n, record in enumerate(records) if record.kind == "turn")
    sealed = envelope.parse(records[number].text)
    turn = parse_turn(sealed.payload)
    key = node.directory.current("office-signing", turn.said_at, turn.office)
    rival = envelope.seal(envelope.TURN, turn_payload(replace(turn, by=77)), node.signer(key))
    report = cleared.forged([*records, Record("turn", rival.text)])
    assert any("two different things in slot 1" in fault for fault in report.faults)


# ------------------------------------------------------------ refused, crossed, pending


def test_a_refused_turn_stands_in_the_evidence_and_moved_nothing(
    agreed: "Pair", played: "Stage", hand: Callable[[str], "Hand"]
) -> None:
    content = stories.notification(played, 1, "Ephedrine", "299-42-3", "10")
    case, india = stories.notify(played, agreed.memorandum, content), hand("IN")
    turn = india.turn(case, "answer")
    india.utter(india.seal(turn), turn)
    agreed.deliver()
    for node in agreed.nodes:
        report = checked(export(node, agreed.id, case, 1))
        assert report.faults == []
        assert report.state == "notified"
        assert "refused (out-of-turn); notified" in report.lines[-1]


def test_a_crossed_turn_stands_in_the_evidence_without_effect(agreed: "Pair", played: "Stage") -> None:
    case = stories.crossed_withdrawal(played, agreed.memorandum).case
    for node in agreed.nodes:
        report = checked(export(node, agreed.id, case, 1))
        assert report.faults == []
        assert report.state == "withdrawn"
        assert [line for line in report.lines if "crossed, without effect" in line and " clear " in line]


def test_a_turn_without_a_verdict_is_shown_as_pending_and_said_to_be(agreed: "Pair", played: "Stage") -> None:
    content = stories.notification(played, 1, "Ephedrine", "299-42-3", "10")
    case = stories.notify(played, agreed.memorandum, content)
    reference: canonical.JsonObject = {"case_reference": "EX", "contact_office": "US/DEA"}
    played.provisionally("US", stories._desk("US", "acknowledge", case, reference))
    report = checked(export(agreed.two, agreed.id, case, 1))
    assert report.faults == []
    assert report.state == "considered"
    assert "pending" in report.lines[-1]
    assert any("accepted 1 turn" in words for words in report.not_proved)
    assert checked(export(agreed.one, agreed.id, case, 1)).state == "notified"


def test_a_body_that_is_gone_is_said_to_be_gone_and_the_rest_still_holds(cleared: Exported) -> None:
    records = [r for r in cleared.records() if r.kind != "plain" or b'"clearance/1"' not in r.text]
    assert len(records) == len(cleared.records()) - 1
    report = cleared.forged(records)
    assert report.faults == []
    assert report.state == "cleared"
    assert any("1 bod" in words for words in report.not_proved)


def test_a_body_whose_audience_is_nobody_is_not_exported(agreed: "Pair", played: "Stage") -> None:
    content = stories.notification(played, 1, "Ephedrine", "299-42-3", "10")
    case = stories.notify(played, agreed.memorandum, content)
    file = export(agreed.two, agreed.id, case, 1)
    assert b"Ephedrine" in file
    shutil.rmtree(agreed.two.path / "bodies")
    gone = export(agreed.two, agreed.id, case, 1)
    assert b"Ephedrine" not in gone


def test_a_verification_needs_no_django_no_database_and_no_network(cleared: Exported, tmp_path: Path) -> None:
    file = tmp_path / "case.evidence"
    file.write_bytes(cleared.files["US"])
    script = (
        "import sys, socket\n"
        "def refuse(*_): raise OSError('no network here')\n"
        "socket.socket = refuse\n"
        "from comity.core.evidence import verify\n"
        "from comity.tracks.registry import shipped\n"
        "report = verify(open(sys.argv[1], 'rb').read(), parse_content=shipped().parse_content)\n"
        "assert report.sound and report.state == 'cleared'\n"
        "loaded = {'django', 'sqlite3', 'comity.node'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert found.returncode == 0, found.stderr
