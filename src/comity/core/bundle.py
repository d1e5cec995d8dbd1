"""Bundles: what crosses between two nodes, by wire or by hand. One form for both.

    comity-bundle/1
    cover 612
    {"payload":"...","payloadType":"application/vnd.comity.bundle.v1+json","signatures":[...]}
    turn 1404
    {"payload":"...
    body 4391
    comity-sealed/1...
    end 2

Each record is a line with its kind and length in bytes, the bytes, and a line feed; the last
line counts the records after the cover. The cover is signed by the sender's node key over
the SHA-256 of everything that follows it, so the peer's identity comes from the bundle and
not from the wire, and a bundle cut short or altered is refused as a whole. Specified in
`docs/spec/bundle.md`.

Deliberately not here: what is done with a bundle (`node`), and how it travels.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from comity.core import canonical, envelope, fields
from comity.core.canonical import INTEGER_MAX, JsonObject
from comity.core.envelope import Envelope, Signer
from comity.core.errors import Malformed, Unproven
from comity.core.turn import PARTY, matching

KINDS: Final = tuple(
    "turn statement body directory founding answers checkpoint proofs plain procedure calendar proof".split()
)
SAYS: Final = ("push", "answer", "evidence")
RECORDS_MAX: Final = 5_000
SIZE_BYTES_MAX: Final = 64 * 1024 * 1024
COVER_BYTES_MAX: Final = 4096
_MAGIC: Final = b"comity-bundle/1\n"
_HEADER_BYTES_MAX: Final = 32


@dataclass(frozen=True, slots=True)
class Record:
    """One thing in a bundle: its kind and its exact bytes."""

    kind: str
    text: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Who sends what to whom. `says`: push, answer or evidence; `answers`: contents of the push answered.

    `knows` is the size of the receiver's log that the sender last verified, so that the
    answer can prove that the log only grew since.
    """

    pairing: str
    sender: str
    receiver: str
    says: str
    at: datetime
    contents: str = ""
    answers: str | None = None
    knows: int = 0


@dataclass(frozen=True, slots=True)
class Bundle:
    """A parsed bundle. The cover's signature is not checked until `open_cover`."""

    cover: Envelope
    records: tuple[Record, ...]
    contents: str

    def of(self, kind: str) -> tuple[bytes, ...]:
        """Return the bytes of every record of one kind, in order."""
        return tuple(record.text for record in self.records if record.kind == kind)


def pack(records: Sequence[Record], cover: Cover, signer: Signer) -> bytes:
    """Return the bundle of `records`; the cover's `contents` is computed here.

    Raises `Malformed` for what no receiver may take: too many records, or too many bytes.
    """
    rest = _contents(records)
    if len(records) > RECORDS_MAX or len(rest) > SIZE_BYTES_MAX - COVER_BYTES_MAX:
        raise Malformed(
            f"bundle: expected at most {RECORDS_MAX} records and {SIZE_BYTES_MAX - COVER_BYTES_MAX} bytes, "
            f"got {len(records)} and {len(rest)}"
        )
    payload = canonical.encode(
        {
            "answers": cover.answers,
            "at": fields.format_instant(cover.at),
            "contents": canonical.digest(rest),
            "format": "comity-bundle/1",
            "from": cover.sender,
            "knows": cover.knows,
            "pairing": cover.pairing,
            "says": cover.says,
            "to": cover.receiver,
        }
    )
    sealed = envelope.seal(envelope.BUNDLE, payload, signer)
    return b"".join((_MAGIC, b"cover %d\n" % len(sealed.text), sealed.text, b"\n", rest))


def _contents(records: Sequence[Record]) -> bytes:
    parts: list[bytes] = []
    for record in records:
        parts += [record.kind.encode(), b" %d\n" % len(record.text), record.text, b"\n"]
    return b"".join((*parts, b"end %d\n" % len(records)))


def parse(text: bytes) -> Bundle:
    """Return the bundle that `text` spells; raise `Malformed` with the place where it breaks."""
    if len(text) > SIZE_BYTES_MAX:
        raise Malformed(f"bundle: expected at most {SIZE_BYTES_MAX} bytes, got {len(text)}")
    if not text.startswith(_MAGIC):
        raise Malformed("bundle: expected comity-bundle/1 as the first line")
    kind, cover, at = _record(text, len(_MAGIC))
    if kind != "cover":
        raise Malformed(f"bundle: expected the cover first, got {kind}")
    contents_at, records = at, []
    while True:
        kind, record, at = _record(text, at)
        if kind == "end":
            break
        if kind == "cover":
            raise Malformed("bundle: expected one cover, got another among the records")
        records.append(Record(kind, record))
        if len(records) > RECORDS_MAX:
            raise Malformed(f"bundle: expected at most {RECORDS_MAX} records")
    if text[contents_at:] != _contents(records):
        raise Malformed("bundle: the end does not count its records, or something follows it")
    return Bundle(_cover(cover), tuple(records), canonical.digest(text[contents_at:]))


def _cover(text: bytes) -> Envelope:
    try:
        return envelope.parse(text)
    except Malformed as error:
        raise Malformed(f"bundle: the cover: {error}") from error


def _record(text: bytes, at: int) -> tuple[str, bytes, int]:
    stop = text.find(b"\n", at, at + _HEADER_BYTES_MAX)
    kind, _, length = text[at:stop].partition(b" ")
    if stop < 0 or not length.isdigit() or len(length) > 9:
        raise Malformed(f"bundle: expected a kind and a length at byte {at}")
    if kind == b"end":
        return "end", b"", stop + 1
    name = kind.decode("ascii", "replace")
    if name not in KINDS and name != "cover":
        raise Malformed(f"bundle: the record kind {name!r} at byte {at} is not known here")
    start, end = stop + 1, stop + 1 + int(length)
    if text[end : end + 1] != b"\n" or str(int(length)).encode() != length:
        raise Malformed(f"bundle: the {name} at byte {at} is cut short")
    return name, text[start:end], end + 1


def parse_cover(bundle: Bundle) -> Cover:
    """Return what the cover says; raise `Malformed` otherwise. Not yet proved: see `open_cover`."""
    if bundle.cover.payload_type != envelope.BUNDLE:
        raise Malformed(f"bundle: expected a cover, got {bundle.cover.payload_type}")
    value = canonical.parse(bundle.cover.payload)
    fields.only(value, frozenset("answers at contents format from knows pairing says to".split()), "cover")
    fields.choice(value, "format", ("comity-bundle/1",))
    return Cover(
        pairing=fields.hash_(value, "pairing"),
        sender=matching(PARTY, value, "from"),
        receiver=matching(PARTY, value, "to"),
        says=fields.choice(value, "says", SAYS),
        at=fields.instant(value, "at"),
        contents=fields.hash_(value, "contents"),
        answers=fields.hash_or_none(value, "answers"),
        knows=fields.integer(value, "knows"),
    )


def open_cover(bundle: Bundle, public: Ed25519PublicKey) -> Cover:
    """Return the cover once its signature and its contents hold; raise `Unproven` otherwise."""
    bundle.cover.verify(public)
    cover = parse_cover(bundle)
    if cover.contents != bundle.contents:
        raise Unproven("bundle: the contents are not those that the cover was signed over")
    return cover


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver says of one envelope of a push, by the hash of its payload.

    `status` is accepted, refused, not-yet, logged (a statement) or malformed. What has
    been logged stands in the log at `index`.
    """

    item: str
    status: str
    code: str | None = None
    detail: tuple[tuple[str, str], ...] = ()
    index: int | None = None


_STATUSES: Final = ("accepted", "refused", "not-yet", "logged", "malformed")


def answers_record(answers: Iterable[Answer]) -> Record:
    """Return the record that lists the answers to a push."""
    items = [
        {
            "code": answer.code,
            "detail": dict(answer.detail),
            "index": answer.index,
            "item": answer.item,
            "status": answer.status,
        }
        for answer in answers
    ]
    return Record("answers", canonical.encode({"items": items}))


def parse_answers(text: bytes) -> tuple[Answer, ...]:
    """Return the answers in a record; raise `Malformed` otherwise."""
    value = canonical.parse(text)
    fields.only(value, frozenset({"items"}), "answers")
    return tuple(_parse_answer(item) for item in fields.objects(value, "items"))


def _parse_answer(item: JsonObject) -> Answer:
    fields.only(item, frozenset({"code", "detail", "index", "item", "status"}), "answer")
    detail = fields.object_(item, "detail")
    return Answer(
        item=fields.hash_(item, "item"),
        status=fields.choice(item, "status", _STATUSES),
        code=fields.text_or_none(item, "code"),
        detail=tuple((name, fields.text(detail, name)) for name in sorted(detail)),
        index=fields.integer_or_none(item, "index"),
    )


def proofs_record(paths: Mapping[int, Sequence[bytes]], consistency: Sequence[bytes]) -> Record:
    """Return the record with the path of each entry answered, and that the log only grew."""
    value = {
        "consistency": [b64encode(found).decode() for found in consistency],
        "paths": {str(index): [b64encode(found).decode() for found in path] for index, path in paths.items()},
    }
    return Record("proofs", canonical.encode(value))


def parse_proofs(text: bytes) -> tuple[dict[int, tuple[bytes, ...]], tuple[bytes, ...]]:
    """Return the paths by index, and the consistency proof; raise `Malformed` otherwise."""
    value = canonical.parse(text)
    fields.only(value, frozenset({"consistency", "paths"}), "proofs")
    listed = fields.object_(value, "paths")
    paths = {int(index): _hashes(listed, index) for index in listed if index.isdigit()}
    if {str(index) for index in paths} != listed.keys() or any(index > INTEGER_MAX for index in paths):
        raise Malformed("proofs: expected each path under the index of its entry")
    return paths, _hashes(value, "consistency")


def _hashes(value: JsonObject, key: str) -> tuple[bytes, ...]:
    written = fields.texts(value, key)
    try:
        found = tuple(b64decode(item, validate=True) for item in written)
    except ValueError as error:  # binascii.Error, or not ASCII
        raise Malformed(f"proofs: not base64 ({error})") from error
    if any(len(item) != 32 for item in found) or [b64encode(item).decode() for item in found] != list(
        written
    ):
        raise Malformed("proofs: expected hashes of 32 bytes in base64")
    return found
