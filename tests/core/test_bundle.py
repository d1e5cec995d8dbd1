"""Bundles: what was packed is what is opened, whole or not at all.

What is refused, and the reason given, stands in `docs/spec/vectors/bundle.json`.
"""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from comity.core import bundle, canonical
from comity.core.bundle import KINDS, RECORDS_MAX, SAYS, Answer, Cover, Record
from comity.core.errors import ComityError, Malformed, Unproven
from comity.core.keys import key_id

PRIVATE = Ed25519PrivateKey.from_private_bytes(sha256(b"IN node").digest())
OTHER = Ed25519PrivateKey.from_private_bytes(sha256(b"US node").digest())


class Node:
    """Signs covers."""

    key_id = key_id("node-signing", PRIVATE.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        return PRIVATE.sign(message)


HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)
RECORDS = st.lists(st.builds(Record, st.sampled_from(KINDS), st.binary(max_size=60)), max_size=6)
COVERS = st.builds(
    Cover,
    pairing=HASHES,
    sender=st.just("IN"),
    receiver=st.just("US"),
    says=st.sampled_from(SAYS),
    at=st.just(datetime(2026, 1, 5, 9, tzinfo=UTC)),
    answers=st.none() | HASHES,
    knows=st.integers(0, 2**53 - 1),
)
WORDS = st.dictionaries(
    st.sampled_from(["party", "says", "state"]), st.sampled_from(["IN", "ask", "पूछा"]), max_size=2
)
ANSWERS = st.lists(
    st.builds(
        Answer,
        item=HASHES,
        status=st.sampled_from(["accepted", "refused", "not-yet", "logged", "malformed"]),
        code=st.none() | st.just("out-of-turn"),
        detail=WORDS.map(lambda detail: tuple(sorted(detail.items()))),
        index=st.none() | st.integers(0, 2**53 - 1),
    ),
    max_size=4,
)
NODES = st.lists(st.binary(min_size=32, max_size=32), max_size=4).map(tuple)


@given(RECORDS, COVERS)
def test_what_was_packed_is_what_is_opened(records: list[Record], cover: Cover) -> None:
    text = bundle.pack(records, cover, Node())
    made = bundle.parse(text)

    assert made.records == tuple(records)
    assert bundle.open_cover(made, PRIVATE.public_key()) == replace(cover, contents=made.contents)
    assert [made.of(kind) for kind in KINDS] == [
        tuple(r.text for r in records if r.kind == kind) for kind in KINDS
    ]
    assert bundle.pack(made.records, cover, Node()) == text


@given(RECORDS, COVERS)
def test_another_key_opens_no_cover(records: list[Record], cover: Cover) -> None:
    with pytest.raises(Unproven):
        bundle.open_cover(bundle.parse(bundle.pack(records, cover, Node())), OTHER.public_key())


@given(RECORDS, COVERS, st.data())
def test_no_byte_of_a_bundle_can_be_changed(records: list[Record], cover: Cover, data: st.DataObject) -> None:
    text = bundle.pack(records, cover, Node())
    place = data.draw(st.integers(0, len(text) - 1))
    changed = text[:place] + bytes([text[place] ^ data.draw(st.integers(1, 255))]) + text[place + 1 :]

    try:
        made = bundle.parse(changed)
        bundle.open_cover(made, PRIVATE.public_key())
    except ComityError:
        return
    # The name of the node's key is looked up and not signed: under another name there is no key.
    assert made.cover.key_id != Node.key_id


@given(RECORDS, COVERS, st.data())
def test_a_bundle_cut_short_is_refused_as_a_whole(
    records: list[Record], cover: Cover, data: st.DataObject
) -> None:
    text = bundle.pack(records, cover, Node())

    with pytest.raises(Malformed):
        bundle.parse(text[: data.draw(st.integers(0, len(text) - 1))])


def test_a_record_may_hold_what_looks_like_a_bundle() -> None:
    cover = Cover(
        pairing="0" * 64, sender="IN", receiver="US", says="push", at=datetime(2026, 1, 5, tzinfo=UTC)
    )
    inner = bundle.pack([Record("turn", b"end 1\n")], cover, Node())
    made = bundle.parse(bundle.pack([Record("body", inner), Record("body", b"\nend 0\n")], cover, Node()))

    assert made.of("body") == (inner, b"\nend 0\n")


def test_a_bundle_has_at_most_5000_records_and_64_mebibytes() -> None:
    cover = Cover(
        pairing="0" * 64, sender="IN", receiver="US", says="push", at=datetime(2026, 1, 5, tzinfo=UTC)
    )
    full = [Record("turn", b"")] * RECORDS_MAX

    assert len(bundle.parse(bundle.pack(full, cover, Node())).records) == RECORDS_MAX == 5000
    with pytest.raises(Malformed, match="at most 5000 records"):
        bundle.parse(bundle.pack([*full, Record("turn", b"")], cover, Node()))
    with pytest.raises(Malformed, match="at most 67108864 bytes"):
        bundle.parse(b"comity-bundle/1\n" + bytes(64 * 1024 * 1024))


@given(ANSWERS)
def test_every_list_of_answers_is_read_back_as_itself(answers: list[Answer]) -> None:
    assert bundle.parse_answers(bundle.answers_record(answers).text) == tuple(answers)


@given(st.dictionaries(st.integers(0, 2**53 - 1), NODES, max_size=4), NODES)
def test_every_set_of_proofs_is_read_back_as_itself(
    paths: dict[int, tuple[bytes, ...]], consistency: tuple[bytes, ...]
) -> None:
    assert bundle.parse_proofs(bundle.proofs_record(paths, consistency).text) == (paths, consistency)


@pytest.mark.parametrize("index", ["-1", "1.0", "²", "9" * 30, "9007199254740992", "0x1", ""])
def test_a_path_stands_under_the_index_of_an_entry(index: str) -> None:
    text = b'{"consistency":[],"paths":{"%b":[]}}' % index.encode()

    with pytest.raises(Malformed):
        bundle.parse_proofs(text)
    assert bundle.parse_proofs(canonical.encode({"consistency": [], "paths": {"10": [], "9": []}}))
