"""Vectors for turns, markings and statements: the story, a crossing, and what is refused.

Deliberately not here: which turns may be said (`docs/spec/verdicts.md`).
"""

from dataclasses import replace
from typing import Any

import orjson
from scripts.vectors.story import (
    CASE_CROSSED,
    INDIA,
    PROCEDURE,
    STATES,
    Story,
    at,
    bad,
    changed,
    proposal,
    signed,
    turn,
    without,
)

from comity.core.case import Said, Verdict, fold
from comity.core.turn import Declared, turn_payload

LONG = "x" * 16_384


def turn_vectors(story: Story, sealed: bytes) -> dict[str, Any]:
    """The turns and statements of the story, each as a payload and its envelope."""
    said = {"propose": story.propose, "agree": story.agree, "withdraw": story.withdraw}
    told = {
        "propose-accepted": story.propose_accepted,
        "agree-accepted": story.agree_accepted,
        "withdraw-refused": story.withdraw_refused,
    }
    declared = turn(
        INDIA, "declare-lapsed", 2, 40, prev=story.propose.hash, declares=Declared("reply", at(35))
    )
    return {
        "turns": {
            name: {"payload": e.payload.decode(), "hash": e.hash, "envelope": e.text.decode()}
            for name, e in said.items()
        },
        "statements": {
            name: {"payload": e.payload.decode(), "hash": e.hash, "envelope": e.text.decode()}
            for name, e in told.items()
        },
        "declaration": turn_payload(declared).decode(),
        "crossing": _crossing(sealed),
        "bad": [*_refused_turns(story.propose.payload), *_refused_statements(story.withdraw_refused.payload)],
    }


def _crossing(sealed: bytes) -> dict[str, Any]:
    """India withdraws while the other side agrees: neither had seen the other."""
    propose = replace(proposal(sealed), case=CASE_CROSSED)
    first = signed(INDIA, propose)
    withdraw = turn(INDIA, "withdraw", 2, 30, case=CASE_CROSSED, prev=first.hash)
    agree = turn(STATES, "agree", 1, 30, case=CASE_CROSSED, seen=first.hash, released_by=8)
    saids = [
        Said(said, signed(side, said).hash, Verdict.ACCEPTED, at(31))
        for side, said in ((INDIA, propose), (INDIA, withdraw), (STATES, agree))
    ]
    standing = fold(PROCEDURE, INDIA.party, STATES.party, saids)
    names = {said.hash: f"{said.turn.sender} {said.turn.n}" for said in saids}
    return {
        "turns": [
            {
                "slot": names[said.hash],
                "says": said.turn.says,
                "prev": names.get(said.turn.prev or ""),
                "seen": names.get(said.turn.seen or ""),
            }
            for said in saids
        ],
        "payloads": [turn_payload(said.turn).decode() for said in saids],
        "state": standing.state,
        "told": [
            {"slot": names[line.said.hash], "effect": line.effect.value, "state": line.state}
            for line in standing.lines
        ],
    }


def _refused_turns(payload: bytes) -> list[dict[str, str]]:
    value = orjson.loads(payload)
    body, marking, under = value["body"], value["marking"], value["under"]
    attest = {"by": [7], "gate": "mandate", "override": False}
    link = {"case": value["case"], "relation": "follows"}
    given: list[tuple[str, str, bytes]] = [
        ("a member is missing", "missing ['seen']", without(payload, "seen")),
        ("a member is not known", "not known here ['priority']", changed(payload, priority="high")),
        ("more than 16,384 bytes", "at most 16384 bytes", changed(payload, says=LONG)),
        ("slot 0", "n: expected an integer from 1", changed(payload, n=0)),
        ("slot 1 with a predecessor", "prev", changed(payload, prev=value["pairing"])),
        ("slot 2 without one", "prev", changed(payload, n=2)),
        ("a party in small letters", "from: expected the form", changed(payload, from_="in")),
        ("an office without a party", "office: expected the form", changed(payload, office="MHA")),
        ("a case id of another length", "case: expected the form", changed(payload, case="IN-00")),
        ("a hash in capitals", "table: expected 64 hexadecimal", changed(payload, table="A" * 64)),
        ("an empty word", "says: expected a string", changed(payload, says="")),
        ("an officer by name", "by: expected an integer", changed(payload, by="A. Officer")),
        ("officer 0", "by: expected an integer from 1", changed(payload, by=0)),
        ("true for a number", "by: expected an integer", changed(payload, by=True)),
        ("a number for true", "exercise: expected true or false", changed(payload, exercise=1)),
        ("a time with an offset", "said-at", changed(payload, said_at="2026-01-05T14:40:00+05:30")),
        ("a time with a fraction", "said-at", changed(payload, said_at="2026-01-05T09:10:00.5Z")),
        ("a time without its zone", "said-at", changed(payload, said_at="2026-01-05T09:10:00")),
        ("a leap second", "said-at", changed(payload, said_at="2016-12-31T23:59:60Z")),
        ("a year beyond 2999", "a year from 1970", changed(payload, said_at="3000-01-01T00:00:00Z")),
        ("a year before 1970", "a year from 1970", changed(payload, said_at="1969-12-31T23:59:59Z")),
        ("a day that does not exist", "said-at", changed(payload, said_at="2026-02-30T00:00:00Z")),
        ("a body without its hash", "body: missing ['plain']", changed(payload, body=_less(body, "plain"))),
        ("an instrument that is no case", "under", changed(payload, under=under | {"instrument": "memo"})),
        (
            "a marking of no level",
            "tlp: expected one of",
            changed(payload, marking=marking | {"tlp": "WHITE"}),
        ),
        (
            "an audience out of order",
            "in order, each once",
            changed(payload, marking=marking | {"releasable-to": ["US", "IN"]}),
        ),
        (
            "an audience that repeats itself",
            "in order, each once",
            changed(payload, marking=marking | {"releasable-to": ["US", "US"]}),
        ),
        (
            "a day written short",
            "expected a day",
            changed(payload, marking=marking | {"retain-until": "20310105"}),
        ),
        ("an onward rule of its own", "onward", changed(payload, marking=marking | {"onward": "freely"})),
        ("an attestation by nobody", "attests.by", changed(payload, attests=[attest | {"by": []}])),
        ("one by three", "attests.by", changed(payload, attests=[attest | {"by": [1, 2, 3]}])),
        ("seventeen attestations", "attests: expected at most 16", changed(payload, attests=[attest] * 17)),
        ("seventeen links", "links: expected at most 16", changed(payload, links=[link] * 17)),
        ("a link that is no object", "links: expected a list of objects", changed(payload, links=["IN-0"])),
        (
            "a declaration without its day",
            "declares: missing ['due-at']",
            changed(payload, declares={"clock": "reply"}),
        ),
    ]
    return [bad("turn", why, "malformed", reason, text) for why, reason, text in given]


def _less(value: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key != name}


def _refused_statements(payload: bytes) -> list[dict[str, str]]:
    given: list[tuple[str, str, bytes]] = [
        ("a kind that does not exist", "kind: expected one of", changed(payload, kind="noted")),
        ("a clock declared by a statement", "kind: expected one of", changed(payload, kind="declared")),
        ("a refusal without its code", "a refusal has one", changed(payload, code=None)),
        ("an acceptance with a code", "a refusal has one", changed(payload, kind="accepted")),
        ("a detail that is a number", "state: expected a string", changed(payload, detail={"state": 1})),
        ("about no turn", "turn: expected 64 hexadecimal", changed(payload, turn=None)),
        ("a member is not known", "not known here ['n']", changed(payload, n=1)),
    ]
    return [bad("statement", why, "malformed", reason, text) for why, reason, text in given]
