"""The dialogue's three procedures in their first form: session, commitment, instrument.

`dialogue.session`: one side proposes; if agreed and held, it records; the other confirms,
disputes, or lays a record of its own beside it. Two texts of one session are kept apart
and never merged into one. `dialogue.commitment`: one promise, stated by one side and
confirmed by the other. `instrument.negotiation`: a text goes to and fro until both have
signed the same one; its states `in-force`, `terminated` and `expired` are read by
`core.instrument`.

Deliberately not here: progress on commitments, sub-groups, and amendment of an instrument
in force (a new instrument).
"""

from typing import Final

from comity.core.procedure import START, ClockSlot, Procedure, Step
from comity.tracks.schemas import released

PROPOSING: Final = "proposing"
RECEIVING: Final = "receiving"
STATING: Final = "stating"

TEXT_SAYS: Final = ("propose", "amend")
"""What puts a text on the table (`core.instrument.latest_text`)."""

SESSION: Final = Procedure(
    id="dialogue.session",
    version=1,
    roles=(PROPOSING, RECEIVING),
    steps=(
        Step(START, PROPOSING, "propose", "proposed", body="session-proposal/1"),
        Step("proposed", RECEIVING, "agree", "agreed"),
        Step("proposed", RECEIVING, "decline", "declined"),
        Step("proposed", PROPOSING, "withdraw", "withdrawn", interrupt=True, beats=("agree", "decline")),
        Step("agreed", PROPOSING, "record", "recorded", body="session-record/1"),
        Step("agreed", PROPOSING, "postpone", "postponed"),
        # A record says that the session was held: a postponement that crosses it came too late.
        Step("agreed", RECEIVING, "postpone", "postponed", interrupt=True, yields=("record", "postpone")),
        Step("recorded", RECEIVING, "confirm", "confirmed"),
        Step("recorded", RECEIVING, "dispute", "disputed", body="dispute/1"),
        Step("recorded", RECEIVING, "record-apart", "recorded-apart", body="session-record/1"),
        Step("disputed", PROPOSING, "record", "recorded", body="session-record/1"),
    ),
    final=("confirmed", "recorded-apart", "declined", "withdrawn", "postponed"),
    bodies=released("session-proposal/1", "session-record/1", "dispute/1"),
)

COMMITMENT: Final = Procedure(
    id="dialogue.commitment",
    version=1,
    roles=(STATING, RECEIVING),
    steps=(
        Step(START, STATING, "state", "stated", body="commitment/1"),
        Step("stated", RECEIVING, "confirm", "confirmed"),
        Step("stated", RECEIVING, "dispute", "disputed", body="dispute/1"),
        Step("stated", STATING, "withdraw", "withdrawn", interrupt=True, beats=("confirm", "dispute")),
        Step("disputed", STATING, "restate", "stated", body="commitment/1"),
        Step("disputed", STATING, "withdraw", "withdrawn"),
    ),
    final=("confirmed", "withdrawn"),
    bodies=released("commitment/1", "dispute/1"),
)

_SIGNATURE: Final = "instrument-signature/1"
_TEXT: Final = "instrument-text/1"

NEGOTIATION: Final = Procedure(
    id="instrument.negotiation",
    version=1,
    roles=(PROPOSING, RECEIVING),
    steps=(
        Step(START, PROPOSING, "propose", "proposed", body=_TEXT),
        Step("proposed", RECEIVING, "amend", "amended", body=_TEXT),
        Step("proposed", RECEIVING, "sign", "signed-by-receiving", body=_SIGNATURE, four_eyes=True),
        Step("proposed", RECEIVING, "decline", "declined"),
        Step(
            "proposed",
            PROPOSING,
            "withdraw",
            "withdrawn",
            interrupt=True,
            beats=("amend", "sign", "decline"),
        ),
        Step("amended", PROPOSING, "amend", "proposed", body=_TEXT),
        Step("amended", PROPOSING, "sign", "signed-by-proposing", body=_SIGNATURE, four_eyes=True),
        Step("amended", PROPOSING, "withdraw", "withdrawn"),
        Step("signed-by-receiving", PROPOSING, "sign", "in-force", body=_SIGNATURE, four_eyes=True),
        Step("signed-by-receiving", PROPOSING, "withdraw", "withdrawn"),
        Step("signed-by-proposing", RECEIVING, "sign", "in-force", body=_SIGNATURE, four_eyes=True),
        Step("signed-by-proposing", RECEIVING, "decline", "declined"),
        # Both have signed the same text: what is signed by both is ended by notice, not taken back.
        Step(
            "signed-by-proposing",
            PROPOSING,
            "withdraw",
            "withdrawn",
            interrupt=True,
            beats=("decline",),
            yields=("sign",),
        ),
        Step("in-force", PROPOSING, "terminate", "terminated", body="termination/1", four_eyes=True),
        Step("in-force", PROPOSING, "declare-expired", "expired", declares="term", silence="lapse"),
        # A term that ran out had run out before anybody gave notice.
        Step(
            "in-force",
            RECEIVING,
            "terminate",
            "terminated",
            body="termination/1",
            four_eyes=True,
            interrupt=True,
            yields=("terminate", "declare-expired"),
        ),
        Step(
            "in-force",
            RECEIVING,
            "declare-expired",
            "expired",
            interrupt=True,
            beats=("terminate",),
            yields=("declare-expired",),
            declares="term",
            silence="lapse",
        ),
    ),
    final=("terminated", "expired", "declined", "withdrawn"),
    clocks=(ClockSlot(name="term", owner=PROPOSING, runs_in=("in-force",), silences=("lapse",)),),
    bodies=released(_TEXT, _SIGNATURE, "termination/1"),
)
