"""Notes: one spelling, signed by the log, cosigned by those we know, silent about the rest."""

import importlib.util
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from comity.core.checkpoint import (
    COSIGNATURE_ED25519,
    COSIGNATURE_ML_DSA_44,
    LOG_ED25519,
    NOTE_BYTES_MAX,
    SIGNATURES_MAX,
    Checkpoint,
    Cosignature,
    Opened,
    SignatureLine,
    Verifier,
    checkpoint_text,
    cosign,
    open_checkpoint,
    open_note,
    parse_checkpoint,
    parse_vkey,
    sign_checkpoint,
)
from comity.core.errors import ComityError, Malformed, Unproven

ROOT = Path(__file__).parents[2]
ORIGIN = "comity/7f1c/IN"
WITNESS = "comity/7f1c/US/witness"
AT = datetime(2024, 2, 27, 9, 30, tzinfo=UTC)
HERE = Checkpoint(ORIGIN, 8, sha256(b"root").digest())


def key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def verifier(name: str, kind: int) -> Verifier:
    return Verifier(name, kind, key(name).public_key().public_bytes_raw())


LOG = verifier(ORIGIN, LOG_ED25519)
THEIRS = verifier(WITNESS, COSIGNATURE_ED25519)
NOTE = sign_checkpoint(HERE, key(ORIGIN))
COSIGNED = cosign(NOTE, WITNESS, key(WITNESS), signed_at=AT)


def vectors() -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location("vectors_checkpoint", ROOT / "scripts/vectors/log.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: dict[str, Any] = module.log_vectors()
    return made


def line(name: str, raw: bytes) -> bytes:
    return f"— {name} {b64encode(raw).decode()}\n".encode()


# ------------------------------------------------------------------------------ signing and opening


def test_a_signed_checkpoint_opens_with_the_key_of_its_log() -> None:
    assert open_checkpoint(NOTE, [LOG]) == HERE
    assert open_note(NOTE, [LOG, THEIRS]) == Opened(HERE)


def test_a_cosignature_says_who_and_when() -> None:
    assert open_note(COSIGNED, [THEIRS, LOG]) == Opened(HERE, (Cosignature(WITNESS, AT),))
    assert COSIGNED.startswith(NOTE)


def test_a_cosignature_by_a_witness_we_do_not_know_is_ignored() -> None:
    assert open_note(COSIGNED, [LOG]) == Opened(HERE)


def test_a_cosignature_does_not_stand_for_the_signature_of_the_log() -> None:
    with pytest.raises(Unproven, match="by a known key of log 'comity/7f1c/IN'"):
        open_checkpoint(COSIGNED, [THEIRS])
    with pytest.raises(Unproven):
        open_checkpoint(COSIGNED, [])


def test_a_cosigning_key_named_like_the_log_does_not_stand_for_it_either() -> None:
    _, (own,) = parse_checkpoint(NOTE)
    note = cosign(NOTE, ORIGIN, key(ORIGIN), signed_at=AT).replace(own.text().encode(), b"")

    with pytest.raises(Unproven, match="by a known key of log"):
        open_checkpoint(note, [verifier(ORIGIN, COSIGNATURE_ED25519)])


def test_the_log_of_another_pair_cannot_sign_for_this_one() -> None:
    other = Checkpoint("comity/0001/IN", HERE.size, HERE.root)
    text = checkpoint_text(HERE).encode()
    forged = (
        text + b"\n" + line(other.origin, verifier(other.origin, 1).key_id + key(other.origin).sign(text))
    )

    with pytest.raises(Unproven, match="by a known key of log 'comity/7f1c/IN', got comity/0001/IN"):
        open_checkpoint(forged, [LOG, verifier(other.origin, LOG_ED25519)])


def test_a_line_by_another_key_of_the_same_name_is_ignored() -> None:
    stranger = line(ORIGIN, b"\0\0\0\0" + bytes(64))
    assert open_checkpoint(NOTE + stranger, [LOG]) == HERE
    with pytest.raises(Unproven):
        open_checkpoint(NOTE[: NOTE.index("—".encode())] + stranger, [LOG])


def test_a_note_with_an_ml_dsa_line_is_accepted_today() -> None:
    key_id = sha256(ORIGIN.encode() + b"\n" + bytes([COSIGNATURE_ML_DSA_44]) + bytes(1312)).digest()[:4]
    note = COSIGNED + line(ORIGIN, key_id + bytes(8) + bytes(2420))

    assert open_note(note, [LOG, THEIRS]) == open_note(COSIGNED, [LOG, THEIRS])


def test_a_false_line_by_a_known_witness_spoils_the_note() -> None:
    for signature in (bytes(72), bytes(8), bytes(64), bytes(73)):
        with pytest.raises(Unproven, match=r"comity/7f1c/US/witness\+"):
            open_note(NOTE + line(WITNESS, THEIRS.key_id + signature), [LOG, THEIRS])
        assert open_checkpoint(NOTE + line(WITNESS, THEIRS.key_id + signature), [LOG]) == HERE


def test_a_known_key_that_stands_twice_spoils_the_note() -> None:
    _, (_, first) = parse_checkpoint(COSIGNED)
    later = cosign(NOTE, WITNESS, key(WITNESS), signed_at=AT + timedelta(hours=1))

    with pytest.raises(Unproven, match="twice"):
        open_note(later + first.text().encode(), [LOG, THEIRS])


def test_a_witness_that_cosigns_again_replaces_its_line() -> None:
    later = AT + timedelta(days=1)
    again = cosign(COSIGNED, WITNESS, key(WITNESS), signed_at=later)

    assert open_note(again, [LOG, THEIRS]).cosignatures == (Cosignature(WITNESS, later),)
    assert again == cosign(NOTE, WITNESS, key(WITNESS), signed_at=later)


def test_a_cosignature_is_over_the_message_that_the_specification_writes_out() -> None:
    _, (_, theirs) = parse_checkpoint(COSIGNED)
    message = b"cosignature/v1\ntime 1709026200\n" + checkpoint_text(HERE).encode()

    key(WITNESS).public_key().verify(theirs.signature[8:], message)
    assert int.from_bytes(theirs.signature[:8], "big") == 1_709_026_200


def test_a_time_is_one_instant_in_any_zone_and_rounded_down() -> None:
    in_delhi = AT.astimezone(timezone(timedelta(hours=5, minutes=30))) + timedelta(microseconds=999_999)
    assert cosign(NOTE, WITNESS, key(WITNESS), signed_at=in_delhi) == COSIGNED


@pytest.mark.parametrize("at", [datetime(2024, 2, 27), datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)])  # noqa: DTZ001 - the naive time is what is refused
def test_a_naive_time_or_one_before_1970_cannot_be_cosigned(at: datetime) -> None:
    with pytest.raises(Malformed):
        cosign(NOTE, WITNESS, key(WITNESS), signed_at=at)


@pytest.mark.parametrize("seconds", [253_402_300_800, 2**63 - 1, 2**64 - 1])
def test_a_true_cosignature_from_beyond_the_year_9999_is_refused_without_a_crash(seconds: int) -> None:
    message = f"cosignature/v1\ntime {seconds}\n{checkpoint_text(HERE)}".encode()
    signature = seconds.to_bytes(8, "big") + key(WITNESS).sign(message)

    with pytest.raises(Unproven, match="before the year 10000"):
        open_note(NOTE + line(WITNESS, THEIRS.key_id + signature), [LOG, THEIRS])


# ------------------------------------------------------------------------------ one spelling


@given(st.integers(0, len(COSIGNED) * 8 - 1))
def test_no_flipped_bit_in_a_note_goes_unseen(bit: int) -> None:
    note = bytearray(COSIGNED)
    note[bit // 8] ^= 1 << bit % 8

    try:
        opened = open_note(bytes(note), [LOG, THEIRS])
    except ComityError:
        return
    # What may remain is a cosignature that has become a stranger's: it no longer counts.
    assert opened == Opened(HERE)


@given(st.binary(max_size=200))
def test_bytes_are_one_checkpoint_or_none(note: bytes) -> None:
    with pytest.raises(Malformed):
        parse_checkpoint(note)


NAMES = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Z"), exclude_characters="+"), min_size=1, max_size=40
)
LINES = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=40)


@given(
    NAMES,
    st.integers(0, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
    st.lists(LINES, max_size=3),
    st.lists(st.tuples(NAMES, st.binary(min_size=5, max_size=90)), max_size=5),
)
def test_formatting_and_parsing_are_inverse(
    origin: str, size: int, root: bytes, extensions: list[str], others: list[tuple[str, bytes]]
) -> None:
    checkpoint = Checkpoint(origin, size, root, tuple(extensions))
    note = sign_checkpoint(checkpoint, key(origin)) + b"".join(line(*other) for other in others)

    parsed, lines = parse_checkpoint(note)

    assert parsed == checkpoint
    assert lines[1:] == tuple(SignatureLine(name, raw[:4], raw[4:]) for name, raw in others)
    assert checkpoint_text(parsed).encode() + b"\n" + b"".join(each.text().encode() for each in lines) == note


def replaced(old: str, new: str) -> Callable[[], bytes]:
    return lambda: COSIGNED.decode().replace(old, new, 1).encode()


# fmt: off
SPOILED = [
    pytest.param(replaced("\n8\n", "\n08\n"), id="a leading zero"),
    pytest.param(replaced("\n8\n", "\n-8\n"), id="a sign"),
    pytest.param(replaced("\n8\n", "\n8 \n"), id="a trailing space"),
    pytest.param(replaced("\n8\n", "\n٨\n"), id="a digit of another script"),
    pytest.param(replaced("\n8\n", "\n9223372036854775808\n"), id="a size of 2^63"),
    pytest.param(replaced("\n8\n", "\n" + "9" * 5000 + "\n"), id="a size of 5000 digits"),
    pytest.param(replaced("\n8\n", "\r\n8\n"), id="a carriage return"),
    pytest.param(replaced("\n8\n", "\n8\0\n"), id="a NUL"),
    pytest.param(replaced("\n8\n", "\n8\n\n"), id="an empty line in the text"),
    pytest.param(replaced("\n8\n", "\n"), id="a line missing"),
    pytest.param(replaced("=\n\n", "\n\n"), id="no padding"),
    pytest.param(replaced("=\n\n", "==\n\n"), id="too much padding"),
    pytest.param(replaced("7f1c", "7f 1c"), id="a space in the origin"),
    pytest.param(replaced("7f1c", "7f\u00a01c"), id="a no-break space in the origin"),
    pytest.param(replaced("7f1c", "7f+1c"), id="a plus sign in the origin"),
    pytest.param(replaced("7f1c", "7" * 256), id="an origin of more than 255 bytes"),
    pytest.param(replaced("— ", "—  "), id="two spaces after the dash"),
    pytest.param(replaced("— ", "- "), id="a hyphen for the dash"),
    pytest.param(replaced("— ", "—\u00a0"), id="a no-break space after the dash"),
    pytest.param(replaced("\n\n", "\n"), id="no empty line"),
    pytest.param(lambda: COSIGNED[:-1], id="no last newline"),
    pytest.param(lambda: COSIGNED + b"\n", id="an empty line at the end"),
    pytest.param(lambda: COSIGNED + b"\xff\n", id="not UTF-8"),
    pytest.param(lambda: b"\xef\xbb\xbf \n" + COSIGNED, id="a byte order mark"),
    pytest.param(lambda: checkpoint_text(HERE).encode() + b"\n", id="no signature"),
    pytest.param(lambda: NOTE + line(WITNESS, b"1234"), id="a key id without signature"),
    pytest.param(lambda: NOTE + line(WITNESS, b"123"), id="less than a key id"),
    pytest.param(lambda: NOTE + "— \n".encode(), id="a line with nothing on it"),
    pytest.param(lambda: NOTE + line("w", bytes(9)) * SIGNATURES_MAX, id="one signature too many"),
    pytest.param(lambda: NOTE + line("w", bytes(NOTE_BYTES_MAX)), id="a note too long"),
]
# fmt: on


@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_note_has_one_spelling(spoiled: Callable[[], bytes]) -> None:
    note = spoiled()
    assert note != COSIGNED

    with pytest.raises(Malformed):
        parse_checkpoint(note)


def test_as_many_signatures_as_the_standard_asks_for_are_read() -> None:
    full = NOTE + b"".join(line(f"w{i}", bytes(2432)) for i in range(SIGNATURES_MAX - 1))

    assert SIGNATURES_MAX >= 16
    assert open_checkpoint(full, [LOG]) == HERE
    with pytest.raises(Malformed, match="at most 32 signatures"):
        cosign(full, WITNESS, key(WITNESS), signed_at=AT)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Checkpoint("", 0, bytes(32)),
        lambda: Checkpoint("a\nb", 0, bytes(32)),
        lambda: Checkpoint("a\ud800", 0, bytes(32)),
        lambda: Checkpoint("a", -1, bytes(32)),
        lambda: Checkpoint("a", 2**63, bytes(32)),
        lambda: Checkpoint("a", 0, bytes(31)),
        lambda: Checkpoint("a", 0, bytes(32), ("",)),
        lambda: Checkpoint("a", 0, bytes(32), ("b\nc",)),
        lambda: Checkpoint("a", 0, bytes(32), ("\x1b[2J",)),
        lambda: sign_checkpoint(Checkpoint("a", 0, bytes(32), ("b" * NOTE_BYTES_MAX,)), key("a")),
    ],
)
def test_a_checkpoint_that_could_not_be_read_back_cannot_be_made(make: Callable[[], object]) -> None:
    with pytest.raises(Malformed):
        make()


# ------------------------------------------------------------------------------ keys as words


def test_the_key_ids_of_well_known_keys_come_out() -> None:
    """Of the checksum database of Go, and of the first example in Go's package for notes."""
    for vkey in (
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ):
        parsed = parse_vkey(vkey)
        assert parsed.kind == LOG_ED25519
        assert parsed.vkey() == vkey


def test_the_example_of_the_standard_is_taken_apart() -> None:
    note = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGk"
        "u9nTo+zyWE+xeMcTOAYQ8=\n"
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1"
        "nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    )

    checkpoint, (log, witness) = parse_checkpoint(note.encode())

    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert (log.key_id.hex(), len(log.signature)) == ("033de0ae", 64)
    assert int.from_bytes(witness.signature[:8], "big") == 1_679_315_147


@given(NAMES, st.sampled_from([LOG_ED25519, COSIGNATURE_ED25519]), st.binary(min_size=32, max_size=32))
def test_a_key_survives_being_written_as_a_word(name: str, kind: int, public_key: bytes) -> None:
    made = Verifier(name, kind, public_key)
    assert parse_vkey(made.vkey()) == made


def test_one_key_has_another_id_under_another_name_and_type() -> None:
    public_key = LOG.public_key
    ids = {Verifier(name, kind, public_key).key_id for name in ("a", "b") for kind in (1, 4)}
    assert len(ids) == 4


def with_kind(kind: int, size: int = 32) -> str:
    raw = bytes([kind]) + bytes(size)
    return f"a+{sha256(b'a' + bytes([10]) + raw).hexdigest()[:8]}+{b64encode(raw).decode()}"


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "a",
        "a+00000000",
        "a+00000000+",
        LOG.vkey().upper(),
        LOG.vkey() + "\n",
        LOG.vkey().replace(LOG.key_id.hex(), "00000000"),
        LOG.vkey().replace(LOG.key_id.hex(), LOG.key_id.hex().upper()),
        LOG.vkey().replace("comity", "amity"),
        with_kind(0x02),
        with_kind(COSIGNATURE_ML_DSA_44, 1312),
        with_kind(LOG_ED25519, 31),
    ],
)
def test_a_word_that_is_not_a_key_we_can_use_is_refused(vkey: str) -> None:
    with pytest.raises(Malformed):
        parse_vkey(vkey)


# ------------------------------------------------------------------------------ page and vectors


def test_the_notes_of_the_vectors_are_opened_or_refused_as_they_say() -> None:
    made = vectors()
    known = [parse_vkey(entry["vkey"]) for entry in made["keys"].values()]
    want = made["checkpoint"]
    checkpoint = Checkpoint(want["origin"], want["size"], bytes.fromhex(want["root"]))
    witnessed = Cosignature(WITNESS, datetime.fromisoformat(want["cosigned_at"]))

    assert open_note(want["note"].encode(), known) == Opened(checkpoint)
    for name in ("cosigned", "with_a_reserved_line"):
        assert open_note(want[name].encode(), known) == Opened(checkpoint, (witnessed,))
    for refused in made["refused_notes"]:
        with pytest.raises(ComityError) as error:
            open_note(refused["note"].encode(), known)
        assert (refused["why"], error.value.code) == (refused["why"], refused["code"])


def test_every_example_of_the_page_is_true() -> None:
    made = vectors()
    want = made["checkpoint"]
    page = (ROOT / "docs/spec/checkpoint.md").read_text()

    assert [part.split("```")[0] for part in page.split("```text\n")[1:]] == [
        want["text"],
        "".join(f"{entry['vkey']}\n" for entry in made["keys"].values()),
        want["note"],
        f"cosignature/v1\ntime 1709026200\n{want['text']}",
        want["cosigned"],
        made["proof"],
    ]
