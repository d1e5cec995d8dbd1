"""Bodies: both offices open one, in its place only; nobody else, and nowhere else.

The fixed sealed body of the specification is opened in `test_vectors`.
"""

import hmac
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha3_256, sha256, sha512
from typing import Annotated, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from comity.core import body, canonical
from comity.core.body import SEALED_BYTES_MAX, Content, Context
from comity.core.errors import ComityError, Malformed, Unproven
from comity.core.keys import Key
from comity.core.marking import Marking

MARKING = Marking(
    owner="IN", tlp="AMBER", releasable_to=("US",), purpose="diversion-control", retain_until=date(2031, 1, 5)
)
PLACE = Context("0" * 64, "IN-" + "0" * 32, "IN/CBN", "US/DEA", MARKING)
SALT, CONTENT_KEY = b"s" * 32, b"k" * 32


class Opener:
    """An office's opening key, made from a label."""

    def __init__(self, label: str) -> None:
        self.lattice = MLKEM768PrivateKey.from_seed_bytes(sha512(label.encode()).digest())
        self.curve = X25519PrivateKey.from_private_bytes(sha256(label.encode()).digest())
        self.private = MLKEM768X25519PrivateKey(self.lattice, self.curve)
        public = self.lattice.public_key().public_bytes_raw() + self.curve.public_key().public_bytes_raw()
        self.key = Key("office-opening", label, public, datetime(2026, 1, 5, tzinfo=UTC))

    def open(self, sealed: bytes, place: Context = PLACE) -> bytes:
        return body.open_sealed(sealed, body.unwrap(sealed, self.key.id, self.private, place), place)


CBN, DEA, FIU = Opener("IN/CBN"), Opener("US/DEA"), Opener("IN/FIU")
PLAIN = body.plain_body("question/1", {"text": "कितना?"}, SALT)
SEALED = body.seal(PLAIN, PLACE, [CBN.key, DEA.key], CONTENT_KEY)


@given(st.dictionaries(st.sampled_from("abc"), st.integers(0, 9) | st.just("हाँ")), st.booleans())
def test_both_offices_open_what_was_sealed_to_them(content: dict[str, Any], swapped: bool) -> None:
    plain = body.plain_body("answer/1", content, SALT)
    openers = [DEA, CBN] if swapped else [CBN, DEA]
    sealed = body.seal(plain, PLACE, [opener.key for opener in openers], CONTENT_KEY)

    assert [opener.open(sealed) for opener in openers] == [plain, plain]
    assert body.parse_plain(plain) == ("answer/1", content)


def test_an_office_that_it_was_not_sealed_to_does_not_open_it() -> None:
    with pytest.raises(Unproven, match="not sealed to the key"):
        FIU.open(SEALED)
    with pytest.raises(Unproven, match="does not open in this place"):
        body.unwrap(SEALED, CBN.key.id, FIU.private, PLACE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(PLACE, pairing="1" * 64),
        replace(PLACE, case="IN-" + "1" * 32),
        replace(PLACE, office="US/DEA", addressed="IN/CBN"),
        replace(PLACE, marking=replace(MARKING, tlp="CLEAR")),
        replace(PLACE, marking=replace(MARKING, releasable_to=("NP", "US"))),
        replace(PLACE, marking=replace(MARKING, retain_until=date(2041, 1, 5))),
    ],
    ids=["pairing", "case", "offices", "level", "audience", "retention"],
)
def test_a_body_moved_to_another_place_opens_for_nobody(elsewhere: Context) -> None:
    for opener in (CBN, DEA):
        with pytest.raises(Unproven, match="does not open in this place"):
            opener.open(SEALED, elsewhere)
    # Not even for one who has kept the content key: it is bound by the cipher too.
    with pytest.raises(Unproven, match="does not open in this place"):
        body.open_sealed(SEALED, CONTENT_KEY, elsewhere)


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_whichever_byte_is_changed_one_of_the_two_does_not_open_it(place: int, change: int) -> None:
    changed = SEALED[:place] + bytes([SEALED[place] ^ change]) + SEALED[place + 1 :]
    opened = []
    for opener in (CBN, DEA):
        try:
            opened.append(opener.open(changed))
        except (Malformed, Unproven):
            opened.append(b"")

    assert b"" in opened
    assert set(opened) <= {b"", PLAIN}


@given(st.binary(max_size=120), st.binary(max_size=120))
def test_whatever_comes_for_a_sealed_body_nothing_but_our_errors_comes_out(head: bytes, tail: bytes) -> None:
    for text in (head, b"comity-sealed/1\n" + head, SEALED[: len(head) * 20] + tail, SEALED + tail + b"."):
        with pytest.raises(ComityError):
            CBN.open(text)


def test_a_body_says_nothing_of_its_length_but_its_length_and_is_bounded() -> None:
    assert SEALED_BYTES_MAX > canonical.SIZE_BYTES_MAX + 2 * (32 + 1120 + 48) + 40
    with pytest.raises(Malformed, match="at most 1114112 bytes"):
        body.parse_sealed(SEALED + bytes(SEALED_BYTES_MAX))


def test_the_same_content_with_another_salt_has_another_hash() -> None:
    plains = {body.plain_body("answer/1", {"cleared": True}, bytes([n]) * 32) for n in range(20)}

    assert len({canonical.digest(plain) for plain in plains}) == 20


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_salt_and_a_content_key_have_32_bytes(length: int) -> None:
    with pytest.raises(Malformed, match="salt: expected 32 bytes"):
        body.plain_body("answer/1", {}, bytes(length))
    with pytest.raises(Malformed, match="content key: expected 32 bytes"):
        body.seal(PLAIN, PLACE, [CBN.key], bytes(length))


def test_a_body_is_sealed_to_one_key_or_two() -> None:
    assert CBN.open(body.seal(PLAIN, PLACE, [CBN.key], CONTENT_KEY)) == PLAIN
    assert CBN.open(body.seal(PLAIN, PLACE, [CBN.key, CBN.key], CONTENT_KEY)) == PLAIN
    for openers in ([], [CBN.key, DEA.key, FIU.key]):
        with pytest.raises(Malformed, match="one or two opening keys"):
            body.seal(PLAIN, PLACE, openers, CONTENT_KEY)


def test_nothing_is_sealed_to_a_point_of_low_order() -> None:
    weak = Key("office-opening", "US/DEA", DEA.key.public[:1184] + bytes(32), DEA.key.valid_from)

    with pytest.raises(Malformed, match="nothing can be sealed to it"):
        body.seal(PLAIN, PLACE, [CBN.key, weak], CONTENT_KEY)


# ------------------------------------------------------------------- the standards, written out

X_WING = b"\\.//^\\"
SUITE = b"HPKE" + bytes.fromhex("647a00010002")  # X-Wing, HKDF-SHA256, AES-256-GCM


def extract(salt: bytes, label: bytes, given: bytes) -> bytes:
    """`LabeledExtract` of RFC 9180, section 4."""
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + SUITE + label + given, "sha256")


def expand(secret: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """`LabeledExpand` of RFC 9180, section 4, for at most one block."""
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + SUITE + label + info
    return hmac.digest(secret, labelled + b"\x01", "sha256")[:length]


def test_the_content_key_is_wrapped_by_x_wing_and_rfc_9180_in_base_mode() -> None:
    wrapped = body.parse_sealed(SEALED).wrapped[CBN.key.id]
    lattice, point, cipher = wrapped[:1088], wrapped[1088:1120], wrapped[1120:]
    curve = CBN.curve.exchange(X25519PublicKey.from_public_bytes(point))
    shared = sha3_256(CBN.lattice.decapsulate(lattice) + curve + point + CBN.key.public[1184:] + X_WING)
    schedule = b"\0" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", PLACE.info())
    secret = extract(shared.digest(), b"secret", b"")
    key, nonce = expand(secret, b"key", schedule, 32), expand(secret, b"base_nonce", schedule, 12)

    assert AESGCM(key).decrypt(nonce, cipher, b"") == CONTENT_KEY


# ------------------------------------------------------------------------------------- schemas


class Answer(Content):
    """An answer, with words for people."""

    title: Annotated[str, Field(title="Title", description="What it is about", examples=["x"], max_length=80)]
    description: str


class Reworded(Content):
    """The same, told otherwise."""

    title: Annotated[str, Field(title="शीर्षक", description="About what", max_length=80)]
    description: Annotated[str, Field(description="More")]


def test_the_words_of_a_schema_are_outside_its_hash_and_the_fields_are_not() -> None:
    assert body.schema_json(Answer) == body.schema_json(Reworded)
    schema = canonical.parse(body.schema_json(Answer))
    assert isinstance(schema["properties"], dict)
    # Fields that are called as the words are stay.
    assert schema["properties"].keys() == {"title", "description"}
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    "given", [{"title": 1, "description": ""}, {"title": "a"}, {"title": "a", "description": "b", "more": 1}]
)
def test_a_content_takes_nothing_extra_and_changes_nothing(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Answer.model_validate(given)
