"""What the steps of a pre-export notification carry.

The five items of the 1988 Convention, article 12(10)(a), are exporter, importer and (when
available) consignee; substance; quantity; expected point of entry and date of dispatch;
and what else the parties agree. The *legal basis* decides which of them are required.

Whether a chemical is controlled is no question here: a content must parse alike at both
nodes for ever, and the two control tables may be of different versions.

Deliberately not here: labels (`words`), the control table (`control`), and any nominal
data beyond the firms and addresses that the treaty itself names.
"""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from comity.core.body import Content
from comity.core.errors import Malformed
from comity.tracks.counternarcotics import consignment, control
from comity.tracks.counternarcotics.consignment import Quantity as CheckedQuantity
from comity.tracks.counternarcotics.consignment import Unit, Weight
from comity.tracks.shapes import Day, Line, OfficeAddress, Prose, checked, wrong

LegalBasis = Literal[
    "article-12-10-a", "voluntary", "national-law", "other-agreed", "exercise-from-statistics"
]


def _check_country(code: str) -> None:
    if code not in consignment.COUNTRIES:
        raise Malformed(f"expected an ISO 3166 country, got {code!r:.80}")


Country = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{2}$"),
    checked(_check_country, "country", "write the two letters of an ISO 3166 country, as IN"),
]
Locode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$"),
    checked(
        consignment.check_locode,
        "un-locode",
        "write a UN/LOCODE: an ISO 3166 country and three more, as INNSA",
    ),
]
Container = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{3}[UJZ][0-9]{7}$"),
    checked(
        consignment.check_container,
        "iso-6346-check-digit",
        "the last digit of a container number must agree with the others; compare it with the papers",
    ),
]
Cas = Annotated[
    str,
    StringConstraints(pattern=r"^[1-9][0-9]{1,6}-[0-9]{2}-[0-9]$"),
    checked(
        control.check_cas,
        "cas-check-digit",
        "the last digit of a CAS number must agree with the others; compare it with the papers",
    ),
]
Subheading = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{6}$"),
    checked(consignment.check_subheading, "hs-subheading", "write an HS subheading as six digits, as 293941"),
]
Amount = Annotated[
    str,
    StringConstraints(max_length=20, pattern=r"^[0-9]+(\.[0-9]+)?$"),
    checked(
        consignment.check_amount,
        "amount",
        "write digits, and a point and at most six more, without needless zeros, as 1250.5",
    ),
]


class Trader(Content):
    """A firm that sends or receives, as the treaty's record names it."""

    name: Line
    address: Line
    country: Country


class Quantity(Content):
    """How much; `weight` says whether a salt is weighed as the salt or as the base in it."""

    amount: Amount
    unit: Unit
    weight: Weight = "not-stated"

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.amount == "0":
            raise wrong("nothing", "a notification is of more than nothing", "amount")
        try:
            CheckedQuantity(self.amount, self.unit, self.weight)
        except Malformed:
            raise wrong(
                "quantity", "tablets and pieces are whole; only g and kg can be of base or salt", "unit"
            ) from None
        return self


class ReportedValue(Content):
    """A value as a source reported it; no exchange rate is applied."""

    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    amount: Amount


class SubstanceLine(Content):
    """One chemical of the shipment, named as its papers name it.

    `control_id` is the row of the sender's control table, where it means one.
    """

    name: Line
    quantity: Quantity
    control_id: Annotated[str, StringConstraints(pattern=r"^CC[0-9]{3}$")] | None = None
    cas: Cas | None = None
    hs: Subheading | None = None
    value: ReportedValue | None = None


class StatisticsSource(Content):
    """The row of trade statistics that an exercise was made from, and how the file calls it."""

    file: Line
    row: Annotated[int, Field(ge=1)]
    classification: Line
    period: Line
    reporter: Line
    partner: Line


class PreExportNotification(Content):
    """One shipment of controlled chemicals, notified before it moves."""

    legal_basis: LegalBasis
    authority_reference: Line
    substances: Annotated[tuple[SubstanceLine, ...], Field(min_length=1, max_length=50)]
    exporter: Trader | None = None
    importer: Trader | None = None
    consignee: Trader | None = None
    point_of_entry: Locode | None = None
    dispatch_on: Day | None = None
    transit: Annotated[tuple[Locode, ...], Field(max_length=20)] = ()
    route: Line | None = None
    containers: Annotated[tuple[Container, ...], Field(max_length=200)] = ()
    bill_of_lading: Line | None = None
    reply_by: Day | None = None
    import_permit: Line | None = None
    end_use: Line | None = None
    notes: Prose | None = None
    source: StatisticsSource | None = None

    def is_exercise_only(self) -> bool:
        """Statistics name nobody: a notification made from them is for practice, for ever."""
        return self.legal_basis == "exercise-from-statistics"

    @model_validator(mode="after")
    def _legal_basis_decides(self) -> Self:
        for name in REQUIRED[self.legal_basis]:
            if getattr(self, name) is None:
                raise wrong(
                    "required", "this legal basis requires it; fill it in or choose another basis", name
                )
        for name in ABSENT[self.legal_basis]:
            if getattr(self, name) is not None:
                raise wrong("not-allowed", "this legal basis does not have it; leave it out", name)
        either = EITHER[self.legal_basis]
        if either and all(getattr(self, name) is None for name in either):
            raise wrong(
                "required", "name the importer or the point of entry, so that somebody can answer", either[0]
            )
        return self


_TREATY: Final = ("exporter", "importer", "point_of_entry", "dispatch_on")

REQUIRED: Final[dict[LegalBasis, tuple[str, ...]]] = {
    "article-12-10-a": _TREATY,
    "voluntary": (),
    "national-law": ("exporter", "importer", "dispatch_on"),
    "other-agreed": (),
    "exercise-from-statistics": ("source",),
}
"""What each legal basis requires beyond substances, quantities and a reference."""

EITHER: Final[dict[LegalBasis, tuple[str, ...]]] = {
    "article-12-10-a": (),
    "voluntary": ("importer", "point_of_entry"),
    "national-law": (),
    "other-agreed": ("importer", "point_of_entry"),
    "exercise-from-statistics": (),
}
"""Of these at least one."""

ABSENT: Final[dict[LegalBasis, tuple[str, ...]]] = {
    "article-12-10-a": ("source",),
    "voluntary": ("source",),
    "national-law": ("source",),
    "other-agreed": ("source",),
    # Statistics name nobody and no day: an exercise that did would be invented.
    "exercise-from-statistics": (*_TREATY, "consignee", "bill_of_lading", "import_permit"),
}
"""What a legal basis cannot have."""


class Acknowledgement(Content):
    """The importing authority has it, under a reference of its own."""

    case_reference: Line
    contact_office: OfficeAddress
    remarks: Prose | None = None


About = Literal[
    "exporter",
    "importer",
    "consignee",
    "substance",
    "quantity",
    "point-of-entry",
    "dispatch",
    "route",
    "end-use",
    "documents",
    "other",
]


class Point(Content):
    """One thing asked or answered, and what it is about."""

    about: About
    words: Prose


class Question(Content):
    """What the importing authority must know before it decides."""

    points: Annotated[tuple[Point, ...], Field(min_length=1, max_length=50)]


class Answer(Content):
    """What the exporting authority answers; `points` in the order of the question."""

    points: Annotated[tuple[Point, ...], Field(min_length=1, max_length=50)]


class Extension(Content):
    """Why more time is taken. It is taken once; how much is in the annex."""

    reason: Literal[
        "importer-being-verified",
        "site-visit-planned",
        "other-authority-consulted",
        "documents-awaited",
        "technical-question",
    ]
    expected_on: Day | None = None


class Clearance(Content):
    """The importing authority has no objection."""

    authority_reference: Line | None = None
    valid_until: Day | None = None
    remarks: Prose | None = None


class Condition(Content):
    """One condition, its kind from a closed list and its terms in words."""

    kind: Literal[
        "import-declaration-before-arrival",
        "import-permit-before-dispatch",
        "at-most-this-quantity",
        "presented-to-customs-on-entry",
        "receipt-reported",
        "status-to-be-verified",
    ]
    words: Prose


class Conditions(Content):
    """No objection if all of these hold. `unverified`: facts that the authority has not verified."""

    conditions: Annotated[tuple[Condition, ...], Field(min_length=1, max_length=50)]
    unverified: Annotated[tuple[Prose, ...], Field(max_length=50)] = ()
    authority_reference: Line | None = None
    valid_until: Day | None = None


class Objection(Content):
    """The shipment may not come in, on this ground."""

    ground: Literal[
        "import-permit-required",
        "import-prohibited",
        "importer-not-authorised",
        "importer-unknown",
        "quantity-above-need",
        "end-use-not-established",
        "documents-inconsistent",
        "diversion-suspected",
    ]
    words: Prose
    authority_reference: Line | None = None


BODIES: Final[dict[str, type[Content]]] = {
    "pre-export-notification/1": PreExportNotification,
    "pre-export-acknowledgement/1": Acknowledgement,
    "question/1": Question,
    "answer/1": Answer,
    "extension/1": Extension,
    "clearance/1": Clearance,
    "conditions/1": Conditions,
    "objection/1": Objection,
}
"""The model of each body type. A released type is never changed; a change is the next number."""
