"""Keys and directories: a key counts for its use, its office and its time, and for nothing else.

What is refused, and the reason given, stands in `docs/spec/vectors/directory.json`.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from comity.core import envelope
from comity.core.errors import Malformed, Unproven
from comity.core.keys import (
    KEYS_MAX,
    OPENING_BYTES,
    USES,
    Directory,
    Key,
    Name,
    Office,
    directory_payload,
    fingerprint,
    key_id,
    open_directory,
    opening_key,
    parse_directory,
)

BEGAN = datetime(2026, 1, 5, 9, tzinfo=UTC)
INSTANTS = st.integers(-(10**8), 10**8).map(lambda seconds: BEGAN + timedelta(seconds=seconds))


class Root:
    """The root key made from a label."""

    def __init__(self, label: str) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(sha256(label.encode()).digest())
        self.public = self.private.public_key().public_bytes_raw()
        self.key_id = key_id("root", self.public)

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)


ROOT, OTHER = Root("IN root"), Root("US root")
OFFICES = (
    Office("IN/MHA", Name("Ministry of Home Affairs", "गृह मंत्रालय"), secretariat=True),
    Office("IN/CBN", Name("Central Bureau of Narcotics", "केंद्रीय नारकोटिक्स ब्यूरो")),
)


def directory(*keys: Key, **parts: Any) -> Directory:
    stands: dict[str, Any] = {"version": 1, "procedures": (("dialogue.session", "0" * 64),)}
    return Directory(
        party="IN",
        issued_at=BEGAN,
        name=Name("India", "भारत"),
        exercise=True,
        root=ROOT.public,
        offices=OFFICES,
        keys=keys,
        **(stands | parts),
    )


@st.composite
def keys(draw: st.DrawFn) -> Key:
    use = draw(st.sampled_from(USES))
    size = OPENING_BYTES if use == "office-opening" else 32
    return Key(
        use=use,
        office=draw(st.sampled_from(["IN/MHA", "IN/CBN"])) if use.startswith("office-") else None,
        public=sha256(draw(st.binary(max_size=8))).digest() * (size // 32),
        valid_from=draw(INSTANTS),
        valid_until=draw(st.none() | INSTANTS),
    )


DIRECTORIES = st.builds(
    lambda listed, version, tables: directory(*listed, version=version, procedures=tuple(tables)),
    st.lists(keys(), max_size=5, unique_by=lambda key: key.id),
    st.integers(1, 2**53 - 1),
    st.lists(st.tuples(st.sampled_from(["dialogue.session", "संवाद"]), st.just("f" * 64)), max_size=2),
)


@given(DIRECTORIES)
def test_every_directory_is_read_back_as_itself(made: Directory) -> None:
    assert parse_directory(directory_payload(made)) == made


@given(DIRECTORIES)
def test_a_directory_opens_under_the_root_that_it_names_and_under_no_other(made: Directory) -> None:
    payload = directory_payload(made)

    assert open_directory(envelope.seal(envelope.DIRECTORY, payload, ROOT)) == made
    with pytest.raises(Unproven):
        open_directory(envelope.seal(envelope.DIRECTORY, payload, OTHER))


@given(st.lists(keys(), max_size=6, unique_by=lambda key: key.id), INSTANTS, st.sampled_from(USES))
def test_the_key_in_use_is_the_newest_valid_one_of_its_use_and_office(
    listed: list[Key], at: datetime, use: str
) -> None:
    made = directory(*listed)
    for office in ("IN/MHA", "IN/CBN", None):
        fitting = [key for key in listed if (key.use, key.office) == (use, office) and key.is_valid(at)]
        if not fitting:
            with pytest.raises(Unproven, match="has no"):
                made.current(use, at, office)
            continue
        found = made.current(use, at, office)
        assert found in fitting
        assert all(key.valid_from <= found.valid_from for key in fitting)
    assert set(made.pinned(use)) == {key for key in listed if key.use == use}


@given(INSTANTS, INSTANTS)
def test_a_key_is_valid_from_its_first_instant_until_just_before_its_last(
    first: datetime, last: datetime
) -> None:
    key = Key("log", None, ROOT.public, first, last)
    moment = timedelta(seconds=1)

    assert key.is_valid(first) == (first < last)
    assert not key.is_valid(last)
    assert not key.is_valid(first - moment)
    assert key.is_valid(last - moment) == (first < last)
    assert replace(key, valid_until=None).is_valid(max(first, last))


def test_one_key_for_two_uses_has_two_names() -> None:
    names = {key_id(use, ROOT.public) for use in (*USES, "root")}

    assert len(names) == len(USES) + 1
    assert all(len(name) == 32 for name in names)


@given(st.binary(min_size=32, max_size=32).map(bytes.hex))
def test_a_fingerprint_is_six_groups_of_five_digits(digest: str) -> None:
    read_aloud = fingerprint(digest)

    assert [len(group) for group in read_aloud.split(" ")] == [5] * 6
    assert int(read_aloud.replace(" ", "")) == int(digest, 16) % 10**30


@given(st.binary(max_size=40) | st.binary(min_size=OPENING_BYTES, max_size=OPENING_BYTES))
def test_whatever_stands_for_an_opening_key_is_one_or_is_malformed(public: bytes) -> None:
    try:
        opening_key(public)
    except Malformed:
        return
    assert len(public) == OPENING_BYTES


def test_a_lattice_key_with_a_coefficient_too_large_is_malformed() -> None:
    with pytest.raises(Malformed, match="not an ML-KEM-768"):
        opening_key(b"\xff" * OPENING_BYTES)


def test_a_directory_has_at_most_2000_keys_and_500_offices() -> None:
    many = [Key("log", None, sha256(b"%d" % n).digest(), BEGAN) for n in range(KEYS_MAX + 1)]

    assert len(parse_directory(directory_payload(directory(*many[:-1]))).keys) == KEYS_MAX == 2000
    with pytest.raises(Malformed, match="at most 2000 keys and 500 offices"):
        parse_directory(directory_payload(directory(*many)))
    offices = tuple(Office(f"IN/A{n:03d}", Name("a", "अ"), n == 0) for n in range(501))
    with pytest.raises(Malformed, match="at most 2000 keys and 500 offices"):
        parse_directory(directory_payload(replace(directory(), offices=offices)))


def test_a_name_is_read_in_the_language_of_the_reader() -> None:
    name = Name("India", "भारत")

    assert [name.in_language(language) for language in ("en", "hi", "fr")] == ["India", "भारत", "India"]
    assert directory().secretariat.address == "IN/MHA"
    assert directory().office("IN/CBN") == OFFICES[1]
    assert directory().office("US/DEA") is None
