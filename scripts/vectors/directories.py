"""Vectors for directories, pairings, founding notes and annexes.

Deliberately not here: how the two people compare the digits.
"""

from typing import Any

import orjson
from scripts.vectors.story import (
    BEGAN,
    INDIA,
    STATES,
    LabelSigner,
    Side,
    bad,
    changed,
    directory,
    directory_envelope,
    founding_payload,
    note,
    pairing,
    seed,
    without,
)

from comity.core import envelope
from comity.core.canonical import encode
from comity.core.instrument import Annex, AnnexLine, Terms, annex_json
from comity.core.keys import fingerprint, key_id


def directory_vectors() -> dict[str, Any]:
    """Both directories with the keys in them, and what is refused."""
    made = directory_envelope(INDIA)
    return {
        "parties": {side.party: _side(side) for side in (INDIA, STATES)},
        "bad": [*_refused(made.payload), *_unproven(made)],
    }


def _side(side: Side) -> dict[str, Any]:
    made = directory_envelope(side)
    signing = ("root", "log", "node-signing", "office-signing")
    return {
        "seeds": {use: seed(side.label(use)).hex() for use in signing},
        "root-id": key_id("root", directory(side).root),
        "root-fingerprint": fingerprint(key_id("root", directory(side).root) * 2),
        "key-ids": {key.use: key.id for key in directory(side).keys},
        "payload": made.payload.decode(),
        "hash": made.hash,
        "envelope": made.text.decode(),
    }


def _refused(payload: bytes) -> list[dict[str, str]]:
    value = orjson.loads(payload)
    office, keys = value["offices"][0], value["keys"]
    log, opening = keys[0], keys[2]
    second = office | {"address": "IN/CBN"}
    given: list[tuple[str, str, bytes]] = [
        ("another format", "format: expected one of", changed(payload, format="comity-directory/2")),
        ("no version", "missing ['version']", without(payload, "version")),
        ("version 0", "version: expected an integer from 1", changed(payload, version=0)),
        ("no secretariat", "exactly one office", changed(payload, offices=[office | {"secretariat": False}])),
        ("two secretariats", "exactly one office", changed(payload, offices=[office, second])),
        (
            "an office of another party",
            "an address of IN",
            changed(payload, offices=[office | {"address": "US/DEA"}]),
        ),
        (
            "an office twice",
            "named twice",
            changed(payload, offices=[office, office | {"secretariat": False}]),
        ),
        ("a name in one language", "missing ['hi']", changed(payload, name={"en": "India"})),
        ("a key twice", "listed twice", changed(payload, keys=[log, log])),
        ("a use that does not exist", "use: expected one of", changed(payload, keys=[log | {"use": "root"}])),
        ("a log key of an office", "names IN/MHA", changed(payload, keys=[log | {"office": "IN/MHA"}])),
        (
            "an office key of no office",
            "names no office",
            changed(payload, keys=[opening | {"office": None}]),
        ),
        (
            "a key of an office that is not listed",
            "not listed",
            changed(payload, keys=[opening | {"office": "IN/CBN"}]),
        ),
        ("a key cut short", "32 bytes in base64", changed(payload, keys=[log | {"public": "AAAA"}])),
        ("a key that is not base64", "not base64", changed(payload, keys=[log | {"public": "भ"}])),
        (
            "spare bits set in a key",
            "in base64",
            changed(payload, keys=[log | {"public": "A" * 42 + "B="}]),
        ),
        (
            "a signing key where an opening key belongs",
            "expected 1216 bytes",
            changed(payload, keys=[opening | {"public": log["public"]}]),
        ),
        (
            "a table with a member more",
            "not known here ['version']",
            changed(payload, procedures=[value["procedures"][0] | {"version": 1}]),
        ),
    ]
    return [bad("directory", why, "malformed", reason, text) for why, reason, text in given]


def _unproven(made: envelope.Envelope) -> list[dict[str, str]]:
    by_other = envelope.seal(envelope.DIRECTORY, made.payload, STATES.signer("root"))
    by_node = envelope.seal(envelope.DIRECTORY, made.payload, INDIA.signer("node-signing"))
    named = envelope.seal(envelope.DIRECTORY, made.payload, Borrowed())
    as_turn = envelope.seal(envelope.TURN, made.payload, INDIA.signer("root"))
    return [
        bad(
            "directory-envelope",
            "signed by another root",
            "unproven",
            "root key that it names",
            by_other.text,
        ),
        bad("directory-envelope", "signed by a node key", "unproven", "root key that it names", by_node.text),
        bad("directory-envelope", "another key under the root's id", "unproven", "does not hold", named.text),
        bad("directory-envelope", "the type of a turn", "malformed", "expected a directory", as_turn.text),
    ]


class Borrowed(LabelSigner):
    """A signer that gives out the id of India's root and signs with another key."""

    def __init__(self) -> None:
        super().__init__(STATES.label("root"), "root")

    @property
    def key_id(self) -> str:
        return INDIA.signer("root").key_id


def founding_vectors() -> dict[str, Any]:
    """The pairing of the two directories, its founding note, and an annex with everything in it."""
    hashes = sorted(directory_envelope(side).hash for side in (INDIA, STATES))
    annex = encode(annex_json(_annex()))
    return {
        "directory-hashes": hashes,
        "hashed": "comity-pairing/1\n" + "\n".join(hashes),
        "pairing": pairing(),
        "read-out": {side.party: fingerprint(directory_envelope(side).hash) for side in (INDIA, STATES)},
        "payload": founding_payload().decode(),
        "notes": {side.party: note(side).text.decode() for side in (INDIA, STATES)},
        "annex": annex.decode(),
        "bad": _refused_annexes(annex),
    }


def _annex() -> Annex:
    return Annex(
        in_force_from=BEGAN.date(),
        until=BEGAN.date().replace(year=2031),
        notice_days=180,
        calendars=(("in.example", "1" * 64), ("us.example", "2" * 64)),
        lines=(
            AnnexLine(
                procedure="example-notification",
                hashes=("a" * 64, "b" * 64),
                offices=(("IN", ("IN/CBN",)), ("US", ("US/DEA",))),
                purposes=("diversion-control",),
                ceiling="AMBER+STRICT",
                terms=(
                    Terms("IN", "reply", 21, "working-days", "in.example", "no-consent"),
                    Terms("US", "reply", 15, "calendar-days", "us.example", "may-send"),
                ),
                run_off_days=90,
            ),
        ),
    )


def _refused_annexes(annex: bytes) -> list[dict[str, str]]:
    value = orjson.loads(annex)
    line = value["lines"][0]
    clock = line["clocks"][0]
    given: list[tuple[str, str, bytes]] = [
        ("a procedure twice", "each procedure once", changed(annex, lines=[line, line])),
        (
            "a line without a table",
            "at least one accepted hash",
            changed(annex, lines=[line | {"hashes": []}]),
        ),
        ("a calendar that is not pinned", "does not pin", changed(annex, calendars={})),
        (
            "a clock of no days",
            "days: expected an integer from 1",
            _line(annex, line, clocks=[clock | {"days": 0}]),
        ),
        (
            "a clock of eleven years",
            "days: expected an integer from 1 to 3660",
            _line(annex, line, clocks=[clock | {"days": 4018}]),
        ),
        ("notice of eleven years", "notice-days", changed(annex, notice_days=4018)),
        (
            "a silence that means nothing known",
            "silence",
            _line(annex, line, clocks=[clock | {"silence": "yes"}]),
        ),
        ("hours", "counting: expected one of", _line(annex, line, clocks=[clock | {"counting": "hours"}])),
        ("a ceiling that is no level", "ceiling: expected one of", _line(annex, line, ceiling="SECRET")),
        ("a time for a day", "in-force-from", changed(annex, in_force_from="2026-01-05T00:00:00Z")),
        ("a year beyond 2999", "a year from 1970", changed(annex, until="9999-12-31")),
    ]
    return [bad("annex", why, "malformed", reason, text) for why, reason, text in given]


def _line(annex: bytes, line: dict[str, Any], **changes: object) -> bytes:
    return changed(annex, lines=[line | changes])
