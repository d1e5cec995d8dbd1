"""The vectors of the specification: each good one reads as it says, each bad one fails as it says.

Then the laws that every reader of bytes from outside obeys, tried on the vectors, on what
differs from them a little, and on what resembles nothing: it raises `ComityError` or gives
a value that is written back as the same bytes, and nothing else ever escapes. Last, that
pages, vectors and the list of codes agree.

Not here: the laws of one format alone (its own file), the log's (`test_log`).
"""

import importlib.machinery
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from comity.core import body, bundle, canonical, envelope, evidence, founding, keys, procedure, turn
from comity.core.case import Said, Verdict, fold
from comity.core.errors import ComityError, Malformed, Unproven
from comity.core.instrument import annex_json, parse_annex
from comity.core.marking import marking_json, parse_marking
from comity.core.soundness import check

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "docs" / "spec"
NAMES = (
    "canonical-json",
    "envelope",
    "turn",
    "directory",
    "founding",
    "body",
    "bundle",
    "procedure",
    "evidence",
)


@cache
def vectors(name: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((SPEC / "vectors" / f"{name}.json").read_text())
    return made


def maker() -> ModuleType:
    """Load scripts/make-vectors, which has no ending and leaves no cache beside it."""
    path = str(ROOT / "scripts" / "make-vectors")
    spec = importlib.util.spec_from_loader(
        "make_vectors", importlib.machinery.SourceFileLoader("make_vectors", path)
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ------------------------------------------------------------------------------- how each is read


def public(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))


def node_key(party: str) -> Ed25519PublicKey:
    payload = vectors("directory")["parties"][party]["payload"]
    return keys.parse_directory(payload.encode()).pinned("node-signing")[0].verifier


def context(text: str) -> body.Context:
    value = json.loads(text)
    return body.Context(
        value["pairing"], value["case"], value["office"], value["addressed"], parse_marking(value["marking"])
    )


def opener(office: str) -> tuple[str, MLKEM768X25519PrivateKey]:
    made = vectors("body")["openers"][office]
    return made["key-id"], MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(bytes.fromhex(made["ml-kem-768-seed"])),
        X25519PrivateKey.from_private_bytes(bytes.fromhex(made["x25519-private"])),
    )


def open_body(sealed: bytes, place: str, office: str = "IN/MHA") -> bytes:
    key_id, private = opener(office)
    content_key = body.unwrap(sealed, key_id, private, context(place))
    return body.open_sealed(sealed, content_key, context(place))


def open_by_both(sealed: bytes) -> None:
    for office in vectors("body")["openers"]:
        open_body(sealed, vectors("body")["context"], office)


READ: dict[str, Callable[[bytes], object]] = {
    "canonical-json": canonical.parse,
    "envelope": envelope.parse,
    "envelope-signature": lambda text: envelope.parse(text).verify(
        public(vectors("envelope")["key"]["public"])
    ),
    "turn": turn.parse_turn,
    "statement": turn.parse_statement,
    "directory": keys.parse_directory,
    "directory-envelope": lambda text: keys.open_directory(envelope.parse(text)),
    "annex": lambda text: parse_annex(canonical.parse(text)),
    "plain-body": body.parse_plain,
    "sealed-body": open_by_both,
    "bundle": lambda text: bundle.open_cover(bundle.parse(text), node_key("IN")),
    "answers": bundle.parse_answers,
    "proofs": bundle.parse_proofs,
    "procedure": procedure.parse_procedure,
}

BAD = [(name, entry) for name in NAMES for entry in vectors(name).get("bad", ())]


def given_bytes(entry: dict[str, str]) -> bytes:
    return bytes.fromhex(entry["given-hex"]) if "given-hex" in entry else entry["given"].encode()


@pytest.mark.parametrize(("name", "entry"), BAD, ids=lambda part: part if type(part) is str else part["why"])
def test_what_must_be_refused_is_refused_for_the_reason_given(name: str, entry: dict[str, str]) -> None:
    with pytest.raises((Malformed, Unproven)) as error:
        READ[entry["read"]](given_bytes(entry))

    assert error.value.code == entry["code"]
    assert entry["reason"] in str(error.value)


def test_every_way_of_reading_has_something_to_refuse() -> None:
    assert {entry["read"] for _, entry in BAD} == READ.keys()


# ------------------------------------------------------------------------------ what must be read


def test_each_value_has_the_spelling_and_the_hash_of_the_vector() -> None:
    for good in vectors("canonical-json")["good"]:
        text = good["text"].encode()

        assert canonical.encode(canonical.parse(text)) == text, good["why"]
        assert canonical.digest(text) == good["sha256"]


def test_the_envelope_is_made_of_the_parts_that_the_vector_names() -> None:
    want = vectors("envelope")
    made = envelope.parse(want["text"].encode())

    made.verify(public(want["key"]["public"]))
    assert made.payload.decode() == want["payload"]
    assert (made.payload_type, made.key_id, made.hash) == (
        want["payload-type"],
        want["key"]["id"],
        want["hash"],
    )
    assert keys.key_id("office-signing", bytes.fromhex(want["key"]["public"])) == want["key"]["id"]
    assert envelope.pre_authentication(made.payload_type, made.payload).decode() == want["pre-authentication"]
    assert made.signature.hex() == want["signature"]


@pytest.mark.parametrize("kind", ["turns", "statements"])
def test_the_story_is_signed_by_whom_it_says(kind: str) -> None:
    directories = {
        party: keys.open_directory(envelope.parse(made["envelope"].encode()))
        for party, made in vectors("directory")["parties"].items()
    }
    for want in vectors("turn")[kind].values():
        sealed = envelope.parse(want["envelope"].encode())
        said = turn.parse_turn(sealed.payload) if kind == "turns" else turn.parse_statement(sealed.payload)
        key = directories[said.sender].by_id[sealed.key_id]

        sealed.verify(key.verifier)
        assert key.use == {"turns": "office-signing", "statements": "node-signing"}[kind]
        assert (sealed.payload.decode(), sealed.hash) == (want["payload"], want["hash"])


def test_the_crossing_ends_as_the_vector_says_in_any_order() -> None:
    want = vectors("turn")["crossing"]
    table = procedure.parse_procedure(vectors("procedure")["text"].encode())
    at = datetime(2026, 1, 5, 9, 31, tzinfo=UTC)
    saids = [
        Said(turn.parse_turn(payload.encode()), canonical.digest(payload.encode()), Verdict.ACCEPTED, at)
        for payload in want["payloads"]
    ]

    for order in (saids, saids[::-1], [*saids[1:], *saids]):
        standing = fold(table, "IN", "US", order)
        told = [
            {
                "slot": f"{line.said.turn.sender} {line.said.turn.n}",
                "effect": line.effect.value,
                "state": line.state,
            }
            for line in standing.lines
        ]
        assert (standing.state, told) == (want["state"], want["told"])


def test_the_root_of_each_directory_has_the_digits_of_the_vector() -> None:
    for party, want in vectors("directory")["parties"].items():
        made = keys.open_directory(envelope.parse(want["envelope"].encode()))

        assert made.party == party
        assert {key.use: key.id for key in made.keys} == want["key-ids"]
        assert keys.fingerprint(keys.key_id("root", made.root) * 2) == want["root-fingerprint"]


def test_the_body_opens_for_both_offices_and_in_no_other_place() -> None:
    want = vectors("body")
    sealed = bytes.fromhex(want["sealed-hex"])

    for office in want["openers"]:
        assert open_body(sealed, want["context"], office).decode() == want["plain"]
        for elsewhere in want["elsewhere"]:
            with pytest.raises(Unproven, match="does not open in this place"):
                open_body(sealed, elsewhere["context"], office)
    said = turn.parse_turn(vectors("turn")["turns"]["propose"]["payload"].encode())
    assert said.body is not None
    assert (said.body.sealed, said.body.plain) == (
        canonical.digest(sealed),
        canonical.digest(want["plain"].encode()),
    )
    assert (said.body.sealed, len(sealed)) == (want["sealed-sha256"], want["sealed-bytes"])


def test_a_bundle_holds_the_records_of_the_vector() -> None:
    senders = {"push": "IN", "answer": "US", "empty": "IN"}
    for name, sender in senders.items():
        want = vectors("bundle")[name]
        made = bundle.parse(bytes.fromhex(want["hex"]))
        cover = bundle.open_cover(made, node_key(sender))

        assert (cover.says, cover.contents) == ("answer" if name == "answer" else "push", want["contents"])
        assert [{"kind": r.kind, "bytes": len(r.text)} for r in made.records] == want["records"]
        assert bundle.pack(made.records, cover, Resigned(made)) == bytes.fromhex(want["hex"])
    answer = bundle.parse(bytes.fromhex(vectors("bundle")["answer"]["hex"]))
    assert bundle.parse_cover(answer).answers == vectors("bundle")["push"]["contents"]
    assert (
        bundle.parse_answers(answer.of("answers")[0])[0].item == vectors("turn")["turns"]["propose"]["hash"]
    )


@dataclass
class Resigned:
    """Gives again the signature that a cover has."""

    made: bundle.Bundle

    @property
    def key_id(self) -> str:
        return self.made.cover.key_id

    def sign(self, message: bytes) -> bytes:
        return self.made.cover.signature


def test_the_table_of_the_vectors_is_sound_and_has_the_hash_it_says() -> None:
    want = vectors("procedure")
    table = procedure.parse_procedure(want["text"].encode())

    assert table.hash == want["hash"] == canonical.digest(want["text"].encode())
    assert procedure.markdown_table(table) == want["markdown"]
    assert dict(table.bodies) == {want["schema"]["type"]: want["schema-hash"]}
    assert canonical.digest(want["schema"]["text"].encode()) == want["schema-hash"]
    assert check(table).faults == ()


def test_the_evidence_proves_what_the_vector_says() -> None:
    want = vectors("evidence")
    report = evidence.verify(want["text"].encode())

    assert report.sound
    assert {
        "faults": report.faults,
        "proved": report.proved,
        "not-proved": report.not_proved,
        "roots": report.roots,
        "case": report.case,
        "state": report.state,
        "lines": report.lines,
    } == want["report"]


def test_a_dishonest_export_is_found_out_although_its_cover_holds() -> None:
    for changed in vectors("evidence")["changed"]:
        report = evidence.verify(changed["text"].encode())

        assert report.faults[:1] == [changed["fault"]], changed["why"]
        assert not any(fault.startswith("The cover") for fault in report.faults), changed["why"]


@given(st.data())
def test_any_flipped_byte_of_an_evidence_file_is_a_fault(data: st.DataObject) -> None:
    text = vectors("evidence")["text"].encode()
    place = data.draw(st.integers(0, len(text) - 1))
    flipped = text[:place] + bytes([text[place] ^ data.draw(st.integers(1, 255))]) + text[place + 1 :]

    assert not evidence.verify(flipped).sound


# ------------------------------------------------------------------------- the laws of every reader


def payloads(name: str, kind: str) -> list[bytes]:
    return [want["payload"].encode() for want in vectors(name)[kind].values()]


def sealed_again(text: bytes) -> bytes:
    parts = body.parse_sealed(text)
    head = b"comity-sealed/1\n%d\n" % len(parts.wrapped)
    return head + b"".join(name.encode() + value for name, value in parts.wrapped.items()) + parts.cipher


def plain_again(text: bytes) -> bytes:
    body_type, content = body.parse_plain(text)
    return body.plain_body(body_type, content, bytes.fromhex(str(canonical.parse(text)["salt"])))


def proofs_again(text: bytes) -> bytes:
    return bundle.proofs_record(*bundle.parse_proofs(text)).text


def bundle_again(text: bytes) -> bytes:
    made = bundle.parse(text)
    return bundle.pack(made.records, bundle.parse_cover(made), Resigned(made)) if made.contents else b""


def cover_again(text: bytes) -> bytes:
    """A bundle is written back from what was read of it, if its cover was made for its contents."""
    made = bundle.parse(text)
    cover = bundle.parse_cover(made)
    return text if cover.contents != made.contents else bundle_again(text)


AGAIN: dict[str, tuple[Callable[[bytes], bytes], list[bytes]]] = {
    "canonical-json": (
        lambda text: canonical.encode(canonical.parse(text)),
        [good["text"].encode() for good in vectors("canonical-json")["good"]],
    ),
    "envelope": (lambda text: envelope.parse(text).text, [vectors("envelope")["text"].encode()]),
    "turn": (lambda text: turn.turn_payload(turn.parse_turn(text)), payloads("turn", "turns")),
    "statement": (
        lambda text: turn.statement_payload(turn.parse_statement(text)),
        payloads("turn", "statements"),
    ),
    "directory": (
        lambda text: keys.directory_payload(keys.parse_directory(text)),
        payloads("directory", "parties"),
    ),
    "annex": (
        lambda text: canonical.encode(annex_json(parse_annex(canonical.parse(text)))),
        [vectors("founding")["annex"].encode()],
    ),
    "marking": (
        lambda text: canonical.encode(marking_json(parse_marking(canonical.parse(text)))),
        [canonical.encode(json.loads(vectors("body")["context"])["marking"])],
    ),
    "plain-body": (plain_again, [vectors("body")["plain"].encode()]),
    "sealed-body": (sealed_again, [bytes.fromhex(vectors("body")["sealed-hex"])]),
    "bundle": (
        cover_again,
        [bytes.fromhex(vectors("bundle")[name]["hex"]) for name in ("push", "answer", "empty")],
    ),
    "answers": (
        lambda text: bundle.answers_record(bundle.parse_answers(text)).text,
        [vectors("bundle")["answers"].encode()],
    ),
    "proofs": (proofs_again, [vectors("bundle")["proofs"].encode()]),
    "procedure": (
        lambda text: procedure.canonical_json(procedure.parse_procedure(text)),
        [vectors("procedure")["text"].encode()],
    ),
}


def obeys(name: str, text: bytes) -> bool:
    """Read and write back; return whether it was read. Anything but `ComityError` fails the test."""
    again, _ = AGAIN[name]
    try:
        written = again(text)
    except ComityError as error:
        # It may come to stand in a signed verdict, and must then have a spelling.
        canonical.encode({"what": str(error)[:300]})
        return False
    assert written == text
    return True


@pytest.mark.parametrize("name", AGAIN)
def test_what_is_good_is_read_and_written_back(name: str) -> None:
    for text in AGAIN[name][1]:
        assert obeys(name, text)


@pytest.mark.parametrize("name", AGAIN)
@given(data=st.data())
def test_a_little_change_is_refused_or_is_another_value(name: str, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(AGAIN[name][1]))
    place = data.draw(st.integers(0, len(text)))
    how = data.draw(st.sampled_from(["flip", "cut", "insert", "drop", "repeat"]))
    some = data.draw(st.binary(min_size=1, max_size=4))
    changed = {
        "flip": text[:place] + bytes(b ^ some[0] for b in text[place : place + 1]) + text[place + 1 :],
        "cut": text[:place],
        "insert": text[:place] + some + text[place:],
        "drop": text[:place] + text[place + len(some) :],
        "repeat": text[:place] + text[place - 20 :],
    }[how]

    obeys(name, changed)


@pytest.mark.parametrize("name", AGAIN)
@given(text=st.binary(max_size=400))
def test_bytes_that_resemble_nothing_are_refused(name: str, text: bytes) -> None:
    obeys(name, text)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        ["IN", "US/DHS", "0" * 64, "2026-01-05T09:00:00Z", "0001-01-01T00:00:00+05:00", "9999-12-31"]
    ),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
JSON_READERS = [name for name, (_, good) in AGAIN.items() if good[0].startswith(b"{")]


def spelled(value: object) -> bytes:
    """Write JSON as `canonical` would, of whatever can be written at all."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        errors="replace"
    )


def with_something_else(data: st.DataObject, text: bytes) -> bytes:
    """Draw a place in a JSON text, put anything there, and return the whole."""
    value = json.loads(text)
    here: Any = value
    while True:
        names = list(here) if type(here) is dict else list(range(len(here)))
        place = data.draw(st.sampled_from([*names, None])) if names else None
        if place is None or type(here[place]) not in (dict, list):
            break
        here = here[place]
    new = data.draw(ANYTHING)
    if place is not None:
        here[place] = new
    elif type(here) is list:
        here.append(new)
    else:
        here[data.draw(st.text(max_size=4))] = new
    return spelled(value)


@pytest.mark.parametrize("name", JSON_READERS)
@given(data=st.data())
def test_anything_in_the_place_of_a_member_is_refused_or_is_another_value(
    name: str, data: st.DataObject
) -> None:
    obeys(name, with_something_else(data, data.draw(st.sampled_from(AGAIN[name][1]))))


@dataclass
class Seeded:
    """Signs with the key that the vectors made from this seed, in this name."""

    key_id: str
    seed: str

    def sign(self, message: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.seed)).sign(message)


def signer(party: str, use: str) -> Seeded:
    made = vectors("directory")["parties"][party]
    return Seeded({"root": made["root-id"], **made["key-ids"]}[use], made["seeds"][use])


def signed_again(record: bundle.Record, payload: bytes) -> bundle.Record:
    """Return the record with another payload, signed by whoever signed it."""
    sealed = envelope.parse(record.text)
    uses = {"turn": "office-signing", "statement": "node-signing", "directory": "root", "founding": "root"}
    signers = [signer(party, uses[record.kind]) for party in ("IN", "US")]
    by = next(one for one in signers if one.key_id == sealed.key_id)
    return bundle.Record(record.kind, envelope.seal(sealed.payload_type, payload, by).text)


@given(data=st.data())
def test_no_evidence_that_its_makers_signed_breaks_the_verifier(data: st.DataObject) -> None:
    made = bundle.parse(vectors("evidence")["text"].encode())
    place = data.draw(st.integers(0, len(made.records) - 1))
    records = list(made.records)
    record = records[place]
    if record.kind in ("plain", "procedure"):
        records[place] = bundle.Record(record.kind, with_something_else(data, record.text))
    elif record.kind == "proof":
        records[place] = records[data.draw(st.integers(0, len(records) - 1))]
    else:
        payload = with_something_else(data, envelope.parse(record.text).payload)
        records[place] = signed_again(record, payload)
    cover = replace(bundle.parse_cover(made), receiver=data.draw(st.sampled_from(["US", "US", "IN", "GB"])))
    text = bundle.pack(records, cover, signer("IN", "node-signing"))

    report = evidence.verify(text)

    # Nothing in the file may be exchanged for something else, except a proof for its like.
    if cover.receiver == "US" and (records == list(made.records) or record.kind == "proof"):
        assert report.faults == [] or record.kind == "proof"
    else:
        assert report.faults


@pytest.mark.parametrize("name", AGAIN)
@pytest.mark.parametrize("levels", [15, 16, 17, 200, 900, 1000, 1020, 1100, 100_000])
def test_no_depth_of_nesting_breaks_a_reader(name: str, levels: int) -> None:
    good = AGAIN[name][1][0]
    nested = b"[" * levels + b"]" * levels
    in_objects = b'{"a":' * levels + b"1" + b"}" * levels
    for deep in (b"[" * levels, nested, in_objects, b'{"a":' * levels):
        obeys(name, deep)
        for member in re.findall(rb'"[A-Za-z-]+":(?=["\d\[{ntf])', good)[:40]:
            before, _, after = good.partition(member)
            obeys(name, before + member + deep + b"," + after)
            obeys(name, before + member + deep + b"}")


# ------------------------------------------------------------------------- pages, vectors and codes


def test_the_vectors_and_the_examples_are_what_the_script_writes() -> None:
    done = subprocess.run(
        [sys.executable, "-B", ROOT / "scripts" / "make-vectors", "--check"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_founding_note_and_the_pairing_are_those_that_a_node_makes() -> None:
    ours, theirs = (vectors("directory")["parties"][party]["envelope"] for party in ("IN", "US"))
    program = """
import os, sys, json
os.environ["DJANGO_SETTINGS_MODULE"] = "comity.site.settings"
import django
django.setup()
from comity.core import envelope
from comity.core.keys import open_directory
from comity.node.peers.pairing import check_note, founding_payload, pairing_id
ours, theirs, note = (text.encode() for text in json.load(sys.stdin))
one, other = (open_directory(envelope.parse(text)) for text in (ours, theirs))
pairing = pairing_id(theirs, ours)
check_note(note, one, other, pairing, other)
print(pairing)
print(founding_payload(other, one, pairing).decode())
"""
    want = vectors("founding")
    done = subprocess.run(
        [sys.executable, "-B", "-c", program],
        input=json.dumps([ours, theirs, want["notes"]["US"]]),
        cwd=ROOT / "src", capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{want['pairing']}\n{want['payload']}\n"
    one, other = (keys.open_directory(envelope.parse(text.encode())) for text in (ours, theirs))
    assert founding.pairing_id(theirs.encode(), ours.encode()) == want["pairing"]
    assert founding.founding_payload(other, one, want["pairing"]).decode() == want["payload"]
    for signer_of in (one, other):
        note = want["notes"][signer_of.party].encode()
        founding.check_note(note, one, other, want["pairing"], signer_of)
    assert canonical.digest(want["hashed"].encode()) == want["pairing"]
    for text in (ours, theirs):
        sealed = envelope.parse(text.encode())
        assert keys.fingerprint(sealed.hash) == want["read-out"][keys.open_directory(sealed).party]


@pytest.mark.parametrize("page", sorted(SPEC.glob("*.md")), ids=lambda path: path.stem)
def test_no_example_of_a_page_stands_without_a_vector(page: Path) -> None:
    if page.stem in {"log", "checkpoint", "soundness"}:
        return  # held to their vectors by the tests of their own modules
    fences = re.findall(r"^```(.*)$", page.read_text(), re.MULTILINE)[::2]

    assert all(len(fence.split()) == 3 for fence in fences), fences


@pytest.mark.parametrize("name", NAMES)
def test_every_format_has_its_page(name: str) -> None:
    page = (SPEC / f"{name}.md").read_text()

    assert f"({name}.md)" in (SPEC / "index.md").read_text()
    assert f"vectors/{name}.json" in page
    assert re.search(r"\bMUST\b", page)


def test_no_link_between_the_pages_leads_nowhere() -> None:
    links = [
        (page.name, link)
        for page in SPEC.glob("*.md")
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    ]

    assert links
    # The decisions are written beside the pages, and are checked by whoever writes them.
    assert [
        (page, link) for page, link in links if "decisions/" not in link and not (SPEC / link).exists()
    ] == []
