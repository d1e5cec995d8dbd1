"""The stories that the demonstration plays: from the session to five shipments.

A story is a function of a `Stage`, on which two parties say things; `demo` plays them over
two real node processes, and the tests over two nodes in one process. Firms, addresses and
references are invented and say so; chemicals, ports, offices and clocks are real ones.

Deliberately not here: processes, printing, waiting.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Protocol

from comity.core.canonical import JsonObject
from comity.core.case import Said
from comity.node.casework.speaking import Saying
from comity.tracks.counternarcotics.bodies import (
    Acknowledgement,
    Clearance,
    Condition,
    Conditions,
    Objection,
    Point,
)
from comity.tracks.counternarcotics.bodies import Answer as GivenAnswer
from comity.tracks.counternarcotics.bodies import Question as Asked
from comity.tracks.counternarcotics.table import PRE_EXPORT_NOTIFICATION
from comity.tracks.dialogue import february_2024
from comity.tracks.dialogue.annexes import PRE_EXPORT, precursor_annex
from comity.tracks.dialogue.bodies import InstrumentSignature
from comity.tracks.registry import content_json
from comity.tracks.shapes import Bilingual

SECRETARIATS: Final = {"IN": "IN/MHA", "US": "US/DHS"}
DESKS: Final = {"IN": "IN/CBN", "US": "US/DEA"}
FIRST_OFFICER: Final = 1
SECOND_OFFICER: Final = 2


class Stage(Protocol):
    """Where stories are played."""

    def say(self, party: str, saying: Saying) -> Said:
        """Say a turn at a party's node, and return once the peer's receipt is there."""

    def provisionally(self, party: str, saying: Saying) -> Said:
        """Say a turn while the wire is down: it stays provisional."""

    def settle(self) -> None:
        """Let everything that waits cross, both ways."""

    def today(self) -> date:
        """The day by the nodes' clock."""

    def pass_days(self, days: int) -> None:
        """Let days pass on both nodes' exercise clocks."""

    def state(self, case: str) -> str:
        """The state that both nodes show, which must be one."""


@dataclass(frozen=True, slots=True)
class Played:
    """What a story came to: the case, its state on both nodes, and the story in a sentence."""

    case: str
    state: str
    words: str


def _other(party: str) -> str:
    return "US" if party == "IN" else "IN"


def _dialogue(party: str, procedure: str, says: str, case: str | None, content: JsonObject | None) -> Saying:
    return Saying(
        procedure=procedure,
        says=says,
        office=SECRETARIATS[party],
        addressed=SECRETARIATS[_other(party)],
        by=FIRST_OFFICER,
        released_by=SECOND_OFFICER,
        case=case,
        content=content,
    )


def session(stage: Stage) -> Played:
    """The session of 27 to 29 February 2024 is proposed, agreed, recorded and answered."""
    name = "dialogue.session"
    said = stage.say("IN", _dialogue("IN", name, "propose", None, content_json(february_2024.PROPOSAL)))
    case = said.turn.case
    stage.say("US", _dialogue("US", name, "agree", case, None))
    stage.say("IN", _dialogue("IN", name, "record", case, content_json(february_2024.RECORD)))
    stage.say("US", _dialogue("US", name, "confirm", case, None))
    return Played(
        case, stage.state(case), "The session of February 2024 in New Delhi is on the record of both."
    )


def commitment(stage: Stage, session_case: str) -> Played:
    """One promise of that session is stated by one side and confirmed by the other."""
    promise = next(c for c in february_2024.COMMITMENTS if c.area == "counternarcotics")
    content = content_json(promise.model_copy(update={"session": session_case}))
    said = stage.say("US", _dialogue("US", "dialogue.commitment", "state", None, content))
    stage.say("IN", _dialogue("IN", "dialogue.commitment", "confirm", said.turn.case, None))
    return Played(
        said.turn.case, stage.state(said.turn.case), f"A commitment is confirmed: {promise.text.en}"
    )


def memorandum(stage: Stage, session_case: str, until: date | None = None) -> Played:
    """An exercise Memorandum is proposed and signed by both, which switches notifications on."""
    annex = precursor_annex((PRE_EXPORT_NOTIFICATION.hash,), stage.today(), until)
    text = february_2024.demo_memorandum(annex, session_case)
    name = "instrument.negotiation"
    said = stage.say("IN", _dialogue("IN", name, "propose", None, content_json(text)))
    for party in ("US", "IN"):
        signature = InstrumentSignature(
            signs=said.hash,
            capacity=Bilingual(en="Head of delegation (exercise)", hi="प्रतिनिधिमंडल प्रमुख (अभ्यास)"),
        )
        stage.say(party, _dialogue(party, name, "sign", said.turn.case, content_json(signature)))
    return Played(said.turn.case, stage.state(said.turn.case), "The exercise Memorandum is in force.")


def notification(stage: Stage, number: int, name: str, cas: str, kilograms: str) -> JsonObject:
    """Return the content of a notification with the treaty's five items."""
    dispatch = stage.today() + timedelta(days=40)
    return {
        "legal_basis": "article-12-10-a",
        "authority_reference": f"EXERCISE/CBN/{stage.today().year}/{number:04}",
        "substances": [
            {
                "name": name,
                "cas": cas,
                "quantity": {"amount": kilograms, "unit": "kg", "weight": "not-stated"},
            }
        ],
        "exporter": {
            "name": "Sahyadri Exercise Chemicals",
            "address": "Plot 12, Taloja, Raigad",
            "country": "IN",
        },
        "importer": {
            "name": "Hudson Exercise Laboratories",
            "address": "40 Pier Road, Newark",
            "country": "US",
        },
        "point_of_entry": "USNYC",
        "dispatch_on": dispatch.isoformat(),
        "end_use": "Exercise: manufacture of a registered medicine",
    }


def _desk(
    party: str, says: str, case: str | None, content: JsonObject | None, under: str = "founding"
) -> Saying:
    return Saying(
        procedure=PRE_EXPORT,
        says=says,
        office=DESKS[party],
        addressed=DESKS[_other(party)],
        by=FIRST_OFFICER,
        released_by=SECOND_OFFICER,
        case=case,
        content=content,
        under=under,
    )


def notify(stage: Stage, under: str, content: JsonObject) -> str:
    """India's narcotics bureau notifies; return the case."""
    return stage.say("IN", _desk("IN", "notify", None, content, under)).turn.case


def _acknowledge(stage: Stage, case: str) -> None:
    content = content_json(Acknowledgement(case_reference=f"EX-{case[-6:]}", contact_office="US/DEA"))
    stage.say("US", _desk("US", "acknowledge", case, content))


def cleared(stage: Stage, under: str) -> Played:
    """Notified, acknowledged, a question asked and answered, cleared."""
    case = notify(stage, under, notification(stage, 1, "Pseudoephedrine", "90-82-4", "250"))
    _acknowledge(stage, case)
    point = Point(about="end-use", words="Which medicine, and under which registration? (exercise)")
    stage.say("US", _desk("US", "ask", case, content_json(Asked(points=(point,)))))
    reply = Point(about="end-use", words="A cold remedy registered in the importing state. (exercise)")
    stage.say("IN", _desk("IN", "answer", case, content_json(GivenAnswer(points=(reply,)))))
    stage.say("US", _desk("US", "clear", case, content_json(Clearance(authority_reference="EX-CLR-1"))))
    return Played(case, stage.state(case), "Pseudoephedrine, 250 kg: asked, answered, cleared.")


def cleared_with_conditions(stage: Stage, under: str) -> Played:
    """Notified, acknowledged, cleared on conditions."""
    case = notify(stage, under, notification(stage, 2, "Acetic anhydride", "108-24-7", "18000"))
    _acknowledge(stage, case)
    condition = Condition(
        kind="import-declaration-before-arrival", words="An import declaration is filed before arrival."
    )
    content = content_json(Conditions(conditions=(condition,)))
    stage.say("US", _desk("US", "clear-with-conditions", case, content))
    return Played(case, stage.state(case), "Acetic anhydride, 18,000 kg: cleared with conditions.")


def objected(stage: Stage, under: str) -> Played:
    """Notified, acknowledged, objected to with a ground."""
    case = notify(stage, under, notification(stage, 3, "1-Phenyl-2-propanone", "103-79-7", "40"))
    _acknowledge(stage, case)
    objection = Objection(ground="import-permit-required", words="No import permit exists for it. (exercise)")
    stage.say("US", _desk("US", "object", case, content_json(objection)))
    return Played(case, stage.state(case), "1-Phenyl-2-propanone, 40 kg: objected to.")


def crossed_withdrawal(stage: Stage, under: str) -> Played:
    """The exporter withdraws while the importer clears: both were said, and the table decides."""
    case = notify(stage, under, notification(stage, 4, "Ephedrine", "299-42-3", "75"))
    _acknowledge(stage, case)
    stage.provisionally("IN", _desk("IN", "withdraw", case, None))
    stage.provisionally("US", _desk("US", "clear", case, content_json(Clearance())))
    stage.settle()
    return Played(case, stage.state(case), "Ephedrine, 75 kg: withdrawn while it was being cleared; crossed.")


def declared_silence(stage: Stage, under: str) -> Played:
    """The importer's days run out and the exporter, whom that favours, declares it."""
    case = notify(stage, under, notification(stage, 5, "Potassium permanganate", "7722-64-7", "5000"))
    _acknowledge(stage, case)
    stage.pass_days(16)
    stage.say("IN", _desk("IN", "declare-silence", case, None))
    return Played(
        case, stage.state(case), "Potassium permanganate, 5,000 kg: fifteen days of silence, declared."
    )


SHIPMENTS: Final[tuple[Callable[[Stage, str], Played], ...]] = (
    cleared,
    cleared_with_conditions,
    objected,
    crossed_withdrawal,
    declared_silence,
)
"""The five shipments, in the order played."""
