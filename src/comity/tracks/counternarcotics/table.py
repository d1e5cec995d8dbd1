"""The procedure `counternarcotics.pre-export-notification`, version 1.

The exporting authority tells the importing one of a shipment of a controlled chemical
before it moves (1988 Convention, article 12(10)(a), or another basis that the body names).
The importing authority acknowledges, asks, may take more time once, and clears, clears
with conditions, or objects. The exporter may withdraw or correct at any moment until the
decision, and both win over whatever crosses them: nobody decides on a shipment that its
exporter has taken back. A declaration that silence ran out loses to every answer.

Two clocks run on one case, one of each authority, and may disagree (`blocking`).

Deliberately not here: how many days, by whose calendar and with which meaning of silence
(the annex), what the shipment turned out to be (a later version), and who the offices are.
"""

from typing import Final

from comity.core.procedure import START, ClockSlot, Procedure, Step
from comity.tracks.schemas import released

EXPORTING: Final = "exporting"
IMPORTING: Final = "importing"
NOTIFICATION: Final = "pre-export-notification/1"

_DECISIONS: Final = ("clear", "clear-with-conditions", "object")
_OPEN: Final = {
    "notified": ("acknowledge",),
    "considered": ("ask", "extend", *_DECISIONS),
    "extended": ("ask", *_DECISIONS),
}
"""The states in which the importing authority speaks, with all that it may say there."""


def _exporter_interrupts(state: str) -> tuple[Step, ...]:
    theirs = _OPEN[state]
    return (
        Step(state, EXPORTING, "withdraw", "withdrawn", interrupt=True, beats=theirs),
        Step(
            state,
            EXPORTING,
            "correct",
            "notified",
            body=NOTIFICATION,
            interrupt=True,
            beats=theirs,
            four_eyes=True,
        ),
        Step(
            state,
            EXPORTING,
            "declare-silence",
            "silence-declared",
            interrupt=True,
            yields=theirs,
            declares="decision",
            silence="consent",
        ),
    )


def _decisions(state: str) -> tuple[Step, ...]:
    return (
        Step(state, IMPORTING, "clear", "cleared", body="clearance/1", four_eyes=True),
        Step(
            state,
            IMPORTING,
            "clear-with-conditions",
            "cleared-with-conditions",
            body="conditions/1",
            four_eyes=True,
        ),
        Step(state, IMPORTING, "object", "objected", body="objection/1", four_eyes=True),
    )


def _while_asked(state: str, then: str) -> tuple[Step, ...]:
    """The exporter speaks: it answers, or takes back or corrects what it was asked about."""
    return (
        Step(state, EXPORTING, "answer", then, body="answer/1"),
        Step(state, EXPORTING, "withdraw", "withdrawn"),
        Step(state, EXPORTING, "correct", "notified", body=NOTIFICATION, four_eyes=True),
    )


PRE_EXPORT_NOTIFICATION: Final = Procedure(
    id="counternarcotics.pre-export-notification",
    version=1,
    roles=(EXPORTING, IMPORTING),
    steps=(
        Step(START, EXPORTING, "notify", "notified", body=NOTIFICATION, four_eyes=True),
        Step("notified", IMPORTING, "acknowledge", "considered", body="pre-export-acknowledgement/1"),
        *_exporter_interrupts("notified"),
        Step("considered", IMPORTING, "ask", "asked", body="question/1"),
        Step("considered", IMPORTING, "extend", "extended", body="extension/1"),
        *_decisions("considered"),
        *_exporter_interrupts("considered"),
        *_while_asked("asked", "considered"),
        Step("extended", IMPORTING, "ask", "asked-again", body="question/1"),
        *_decisions("extended"),
        *_exporter_interrupts("extended"),
        *_while_asked("asked-again", "extended"),
    ),
    final=("cleared", "cleared-with-conditions", "objected", "withdrawn", "silence-declared"),
    clocks=(
        ClockSlot(
            name="decision",
            owner=IMPORTING,
            runs_in=("notified", "considered", "extended"),
            paused_in=("asked", "asked-again"),
            restarts_on=("correct", "extend"),
            silences=("consent", "no-consent"),
        ),
        # The exporter's own notice period. A corrected notification is notified anew.
        ClockSlot(
            name="waiting",
            owner=EXPORTING,
            runs_in=("notified", "considered", "asked", "extended", "asked-again"),
            restarts_on=("correct",),
            silences=("may-send", "overdue"),
        ),
    ),
    bodies=released(
        NOTIFICATION,
        "pre-export-acknowledgement/1",
        "question/1",
        "answer/1",
        "extension/1",
        "clearance/1",
        "conditions/1",
        "objection/1",
    ),
)
