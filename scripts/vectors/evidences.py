"""Vectors for evidence: the story in one file, as India's node exports it, and what is found in it.

Deliberately not here: checking (`comity.core.evidence`).
"""

from typing import Any

from scripts.vectors.bundles import checkpoint_of, cover, log_of
from scripts.vectors.story import INDIA, PROCEDURE, STATES, Side, Story, directory_envelope, note, plain

from comity.core import bundle as bundles
from comity.core.bundle import Record
from comity.core.evidence import verify
from comity.core.log import MemoryLog
from comity.core.procedure import canonical_json
from comity.core.proof import Proof, proof_bytes


def evidence_vectors(story: Story) -> dict[str, Any]:
    """The file, its records, what `verify` finds in it, and changes that it must find."""
    text = evidence(story)
    report = verify(text)
    return {
        "text": text.decode(),
        "records": [
            {"kind": record.kind, "bytes": len(record.text)} for record in bundles.parse(text).records
        ],
        "report": {
            "faults": report.faults,
            "proved": report.proved,
            "not-proved": report.not_proved,
            "roots": report.roots,
            "case": report.case,
            "state": report.state,
            "lines": report.lines,
        },
        "changed": _changed(story),
    }


def evidence(story: Story, leave_out: frozenset[str] = frozenset(), **instead: list[Record]) -> bytes:
    """Return the file; `leave_out` names kinds of record, `instead` gives others for a kind."""
    ours, theirs = log_of(INDIA, story), log_of(STATES, story)
    said = [story.propose, story.agree, story.withdraw]
    told = [story.propose_accepted, story.agree_accepted, story.withdraw_refused]
    parts = {
        "directory": [Record("directory", directory_envelope(side).text) for side in (INDIA, STATES)],
        "founding": [Record("founding", note(side).text) for side in (INDIA, STATES)],
        "procedure": [Record("procedure", canonical_json(PROCEDURE))],
        "turn": [Record("turn", envelope.text) for envelope in said],
        "statement": [Record("statement", envelope.text) for envelope in told],
        "plain": [Record("plain", plain())],
        "proof": [
            *(_proof(INDIA, ours, index, story) for index in range(2, 8)),
            *(_proof(STATES, theirs, index, story) for index in (3, 7)),
        ],
    } | instead
    records = [record for kind, found in parts.items() if kind not in leave_out for record in found]
    return bundles.pack(records, cover(INDIA, "evidence", 60), INDIA.signer("node-signing"))


def _proof(side: Side, log: MemoryLog, index: int, story: Story) -> Record:
    item = story.entries()[index - 2]
    proof = Proof(index, log.inclusion_proof(index), checkpoint_of(side, log), bytes.fromhex(item.hash))
    return Record("proof", proof_bytes(proof))


def _changed(story: Story) -> list[dict[str, Any]]:
    """What a dishonest exporter might do, all of it under a good cover, and the fault that is found."""
    other = Record("plain", plain().replace(b"2026-02-16", b"2026-02-17"))
    swapped = [Record("statement", e.text) for e in (story.propose_accepted, story.agree_accepted)]
    made = [
        ("a body is another than was signed", {"plain": [other]}, frozenset()),
        ("the refusal is left out", {"statement": swapped}, frozenset()),
        ("the proofs are left out", {}, frozenset({"proof"})),
        ("one founding note is left out", {"founding": [Record("founding", note(INDIA).text)]}, frozenset()),
        ("the procedure is left out", {}, frozenset({"procedure"})),
        (
            "one directory is left out",
            {"directory": [Record("directory", directory_envelope(INDIA).text)]},
            frozenset(),
        ),
        ("what was agreed is left out", {"turn": [Record("turn", story.propose.text)]}, frozenset()),
    ]
    found = []
    for why, instead, leave_out in made:
        text = evidence(story, leave_out, **instead)
        faults = verify(text).faults
        if not faults:
            raise ValueError(f"verify finds no fault where {why}")
        found.append({"why": why, "text": text.decode(), "fault": faults[0]})
    return found
