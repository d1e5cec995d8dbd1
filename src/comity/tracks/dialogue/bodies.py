"""What the steps of the dialogue carry: proposals, records, commitments, instruments.

A co-chair's title is kept as it was published, with whether the holder was acting: posts
stay while holders change. Clauses and titles stand in English and Hindi.

Deliberately not here: labels (`words`), and the terms of an annex (`core.instrument`,
which parses and enforces them).
"""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from comity.core.body import Content
from comity.core.errors import Malformed
from comity.core.instrument import parse_annex
from comity.tracks.shapes import (
    Bilingual,
    CaseId,
    Day,
    Hash,
    Line,
    OfficeAddress,
    PartyId,
    Prose,
    TrackId,
    wrong,
)

Level = Literal["ministerial", "senior-officials", "working-group", "sub-group"]
Mode = Literal["in-person", "virtual", "hybrid"]


def _parses(annex: dict[str, Any]) -> dict[str, Any]:
    try:
        parse_annex(annex)
    except Malformed as error:
        # Up to its colon the message names the field, and is ours; after it may stand a value.
        field = str(error).partition(":")[0]
        raise wrong("annex", f"an annex is wrong at: {field} (docs/spec/founding.md)") from None
    return annex


AnnexObject = Annotated[dict[str, Any], AfterValidator(_parses)]
"""An annex as `core.instrument.annex_json` writes it."""


class Area(Content):
    """An area of the agenda: the track it belongs to, and its name there."""

    track: TrackId
    words: Bilingual


class CoChair(Content):
    """Who led a side. `title` as published; `acting`: held the post for another or ad interim."""

    party: PartyId
    name: Line
    title: Line
    acting: bool


class SignedInstrument(Content):
    """An instrument signed at a session, and between whom."""

    title: Bilingual
    parties: Annotated[tuple[Line, ...], Field(min_length=2, max_length=10)]


class Source(Content):
    """Where a fact was published: nothing of its wording is kept."""

    publisher: Line
    title: Line
    published_on: Day
    address: Line | None = None


class _Dated(Content):
    """A session's name and days."""

    dialogue: Bilingual
    level: Level
    starts_on: Day
    ends_on: Day
    place: Line | None = None
    mode: Mode

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_on < self.starts_on:
            raise wrong("before-start", "a session ends on the day on which it starts, or later", "ends_on")
        if self.place is None and self.mode != "virtual":
            raise wrong("required", "name the place, or say that the session is virtual", "place")
        return self


class SessionProposal(_Dated):
    """An invitation to a session, with its agenda."""

    areas: Annotated[tuple[Area, ...], Field(min_length=1, max_length=50)]


class SessionRecord(_Dated):
    """What one side records of a session. The other confirms it, disputes it, or keeps its own."""

    co_chairs: Annotated[tuple[CoChair, ...], Field(min_length=1, max_length=10)]
    areas: Annotated[tuple[Area, ...], Field(min_length=1, max_length=50)]
    reviewed: Annotated[tuple[Bilingual, ...], Field(max_length=50)] = ()
    signed: Annotated[tuple[SignedInstrument, ...], Field(max_length=20)] = ()
    next_session: Bilingual | None = None
    sources: Annotated[tuple[Source, ...], Field(min_length=1, max_length=20)]


class DisputedPoint(Content):
    """One point that is disputed: the field of the disputed body, and what should stand there."""

    field: Line
    words: Prose


class Dispute(Content):
    """Why the other side's record or commitment is not confirmed."""

    points: Annotated[tuple[DisputedPoint, ...], Field(min_length=1, max_length=50)]


Strength = Literal["reaffirmed", "intended", "agreed", "committed", "signed"]


class Owner(Content):
    """Who on one side is to do it; `office` where one is named in the directory."""

    party: PartyId
    office: OfficeAddress | None = None


class Commitment(Content):
    """One promise. `strength` is the verb's: what was only discussed is no commitment."""

    number: Annotated[int, Field(ge=1)]
    text: Bilingual
    area: TrackId
    strength: Strength
    owners: Annotated[tuple[Owner, ...], Field(min_length=1, max_length=10)]
    deliverable: Bilingual | None = None
    indicator: Bilingual | None = None
    due_on: Day | None = None
    session: CaseId | None = None
    sources: Annotated[tuple[Source, ...], Field(min_length=1, max_length=20)]


class InstrumentText(Content):
    """A text on the table. Both sides sign the turn that carries it."""

    title: Bilingual
    kind: Literal["memorandum", "agreement", "letter", "arrangement"]
    clauses: Annotated[tuple[Bilingual, ...], Field(min_length=1, max_length=200)]
    annex: AnnexObject
    session: CaseId | None = None


class InstrumentSignature(Content):
    """A signature under the text in the turn with hash `signs`, and in what capacity."""

    signs: Hash
    capacity: Bilingual


class Termination(Content):
    """Notice that the instrument is ended; the annex says when that takes effect."""

    reason: Bilingual | None = None


BODIES: Final[dict[str, type[Content]]] = {
    "session-proposal/1": SessionProposal,
    "session-record/1": SessionRecord,
    "dispute/1": Dispute,
    "commitment/1": Commitment,
    "instrument-text/1": InstrumentText,
    "instrument-signature/1": InstrumentSignature,
    "termination/1": Termination,
}
"""The model of each body type. A released type is never changed; a change is the next number."""
