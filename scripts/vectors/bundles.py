"""Vectors for bundles: a push with its body, the answer to it, and what is refused.

Deliberately not here: evidence files, which are bundles too (`evidences`).
"""

from typing import Any

from scripts.vectors.story import INDIA, STATES, Side, Story, at, bad, note, pairing, private

from comity.core import bundle as bundles
from comity.core import canonical, envelope
from comity.core.bundle import Answer, Cover, Record
from comity.core.checkpoint import Checkpoint, sign_checkpoint
from comity.core.log import MemoryLog


def log_of(side: Side, story: Story, size: int | None = None) -> MemoryLog:
    """Return a side's log after so many entries: its own founding note comes first."""
    other = STATES if side is INDIA else INDIA
    entries = [note(side), note(other), *story.entries()]
    return MemoryLog([entry.text for entry in entries[:size]])


def checkpoint_of(side: Side, log: MemoryLog) -> bytes:
    """Return the note that a side signs over its log."""
    checkpoint = Checkpoint(f"comity/{pairing()}/{side.party}", len(log), log.root())
    return sign_checkpoint(checkpoint, private(side.label("log")))


def cover(side: Side, says: str, minutes: int, **parts: Any) -> Cover:
    """Return the cover of a bundle that a side sends."""
    other = STATES if side is INDIA else INDIA
    return Cover(
        pairing=pairing(), sender=side.party, receiver=other.party, says=says, at=at(minutes), **parts
    )


def bundle_vectors(story: Story, sealed: bytes) -> dict[str, Any]:
    """A push and its answer, the records in them, and what is refused."""
    pushed = [Record("turn", story.propose.text), Record("body", sealed)]
    push = bundles.pack(pushed, cover(INDIA, "push", 11, knows=2), INDIA.signer("node-signing"))
    answered = _answered(story)
    answer = bundles.pack(
        answered,
        cover(STATES, "answer", 11, answers=bundles.parse(push).contents),
        STATES.signer("node-signing"),
    )
    empty = bundles.pack([], cover(INDIA, "push", 12), INDIA.signer("node-signing"))
    return {
        "node-keys": {side.party: side.signer("node-signing").key_id for side in (INDIA, STATES)},
        "push": _described(push),
        "answer": _described(answer) | {"text": answer.decode()},
        "empty": _described(empty) | {"text": empty.decode()},
        "answers": answered[0].text.decode(),
        "proofs": answered[3].text.decode(),
        "bad": [*_refused(empty, push), *_refused_records(answered)],
    }


def _answered(story: Story) -> list[Record]:
    log, before = log_of(STATES, story, 4), 2
    accepted = Answer(story.propose.hash, "accepted", index=3)
    return [
        bundles.answers_record([accepted]),
        Record("statement", story.propose_accepted.text),
        Record("checkpoint", checkpoint_of(STATES, log)),
        bundles.proofs_record({3: log.inclusion_proof(3)}, log.consistency_proof(before)),
    ]


def _described(text: bytes) -> dict[str, Any]:
    parsed = bundles.parse(text)
    return {
        "hex": text.hex(),
        "cover": parsed.cover.payload.decode(),
        "contents": parsed.contents,
        "records": [{"kind": record.kind, "bytes": len(record.text)} for record in parsed.records],
    }


def _refused(empty: bytes, push: bytes) -> list[dict[str, str]]:
    at_turn = push.index(b"\nturn ") + 1
    end = push.rindex(b"end 2\n")
    line = empty.split(b"\n", 2)[1]
    short = b"cover %d" % (int(line.split()[1]) - 1)
    malformed = [
        ("another format", "comity-bundle/1 as the first line", empty.replace(b"/1\n", b"/2\n", 1)),
        ("nothing", "comity-bundle/1 as the first line", b""),
        ("no cover", "the cover first", b"comity-bundle/1\nend 0\n"),
        ("a length too small", "cut short", empty.replace(line, short, 1)),
        ("a length with a leading zero", "cut short", empty.replace(line, b"cover 0" + line[6:], 1)),
        ("a length beyond nine digits", "a kind and a length", empty.replace(line, b"cover 1000000000", 1)),
        ("a kind that is not known", "not known here", empty.replace(b"end 0\n", b"note 0\n\nend 1\n")),
        ("a second cover", "one cover", empty.replace(b"end 0\n", b"cover 0\n\nend 1\n")),
        ("no end", "a kind and a length", push[:end]),
        ("an end that counts otherwise", "does not count", push[:end] + b"end 3\n"),
        ("something after the end", "something follows", push + b"\n"),
        ("cut within a record", "cut short", push[: at_turn + 100]),
    ]
    unproven = [
        (
            "a byte of a body",
            "not those that the cover",
            push[: end - 2] + bytes([push[end - 2] ^ 1]) + push[end - 1 :],
        ),
        ("a record left out", "not those that the cover", push[:at_turn] + b"end 0\n"),
        (
            "the cover of another bundle",
            "not those that the cover",
            empty.replace(b"end 0\n", b"") + push[at_turn:],
        ),
        ("a cover signed by an office", "does not hold", _by_office()),
    ]
    return [bad("bundle", why, "malformed", reason, given) for why, reason, given in malformed] + [
        bad("bundle", why, "unproven", reason, given) for why, reason, given in unproven
    ]


def _by_office() -> bytes:
    """Return a bundle whose cover bears the id of the node's key and the signature of an office's."""
    made = bundles.parse(bundles.pack([], cover(INDIA, "push", 12), INDIA.signer("node-signing")))
    office = envelope.seal(envelope.BUNDLE, made.cover.payload, INDIA.signer("office-signing"))
    named = INDIA.signer("node-signing").key_id.encode()
    text = office.text.replace(office.key_id.encode(), named)
    return b"comity-bundle/1\ncover %d\n%b\nend 0\n" % (len(text), text)


def _refused_records(answered: list[Record]) -> list[dict[str, str]]:
    answer: dict[str, Any] = {"code": None, "detail": {}, "index": 3, "item": "0" * 64, "status": "accepted"}
    answers = [
        ("a status that does not exist", "status: expected one of", [answer | {"status": "maybe"}]),
        ("a member is not known", "not known here ['at']", [answer | {"at": 1}]),
        ("about nothing", "item: expected 64", [answer | {"item": ""}]),
        ("an index below 0", "index: expected an integer from 0", [answer | {"index": -1}]),
    ]
    digest = "A" * 43 + "="
    proofs: list[tuple[str, str, dict[str, Any]]] = [
        ("an index with a leading zero", "under the index", {"consistency": [], "paths": {"01": []}}),
        ("an index that is a word", "under the index", {"consistency": [], "paths": {"first": []}}),
        ("a hash of 31 bytes", "32 bytes", {"consistency": ["A" * 42 + "=="], "paths": {}}),
        (
            "spare bits set in a hash",
            "32 bytes in base64",
            {"consistency": [digest[:-2] + "B="], "paths": {}},
        ),
        ("a hash that is not ASCII", "not base64", {"consistency": ["é"], "paths": {}}),
        ("no list", "consistency: expected a list", {"consistency": None, "paths": {}}),
    ]
    return [
        bad("answers", why, "malformed", reason, canonical.encode({"items": items}))
        for why, reason, items in answers
    ] + [bad("proofs", why, "malformed", reason, canonical.encode(value)) for why, reason, value in proofs]
