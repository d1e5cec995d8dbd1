"""Real trade statistics as notifications for practice, and the answer that a table gives.

A row of UN Comtrade says what left a country in a year under a subheading. It names no
exporter, importer, port or day. A notification made from it says what the row says and
leaves the rest empty; its legal basis is `exercise-from-statistics`, and the turn that
carries it is marked *exercise*, for ever.

Rules, once:

- Only six-digit rows under a subheading whose text names a row of the control table. The
  subheading may cover other goods too, and the notification says so. Where it names two
  (2804.70: red and white phosphorus), the row does not say which, so neither does this.
- The weight is the row's net weight; if that is empty, its quantity where the row counts it
  in kilograms. A row with neither, or with zero, is refused. So is one without a value.
- A substance of UN Table I at less than one dollar of the United States a kilogram is
  refused as an error of the row. The figure is ours: it lies below every plausible price in
  that table, whereas Table II holds acids and solvents that do cost less.
- The file is in HS 2017 (H5). Subheadings of HS 2022 only (`NEW_IN_HS_2022`) cannot be in it.

Deliberately not here: reading files (lines are an argument), law (the answer is a rule of
practice over `control`, which is itself a working aid), and thresholds (unverified).
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from comity.core.errors import Malformed
from comity.core.keys import Name
from comity.tracks.counternarcotics import control
from comity.tracks.counternarcotics.bodies import (
    Clearance,
    Condition,
    Conditions,
    Objection,
    Point,
    PreExportNotification,
    Quantity,
    Question,
    ReportedValue,
    StatisticsSource,
    SubstanceLine,
)
from comity.tracks.counternarcotics.consignment import from_reported
from comity.tracks.counternarcotics.control import ControlStatus, Substance

NEW_IN_HS_2022: Final = ("293336", "293337")
"""Subheadings of our table that HS 2017 does not have: ANPP and NPP."""

PRICE_FLOOR_USD_PER_KG: Final = Decimal(1)
COLUMNS: Final = (
    "Classification",
    "Period",
    "Aggregate Level",
    "Trade Flow",
    "Reporter",
    "Partner",
    "Commodity Code",
    "Commodity",
    "Qty Unit",
    "Qty",
    "Netweight (kg)",
    "Trade Value (US$)",
    "Flag",
)
_LEVEL: Final = "6"
_KILOGRAMS: Final = "Weight in kilograms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row, as the file prints it. `line` is its line in the file, the header being line 1."""

    line: int
    classification: str
    period: str
    level: str
    flow: str
    reporter: str
    partner: str
    subheading: str
    commodity: str
    quantity_unit: str
    quantity: str
    net_weight_kg: str
    value_usd: str
    flag: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row, and the rows of the control table that its subheading names."""

    row: Row
    substances: tuple[Substance, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row of which no notification is made. `reason`: no-weight, zero-weight, no-value, absurd-price."""

    row: Row
    reason: str
    words: Name


Answer = Clearance | Conditions | Objection | Question


@dataclass(frozen=True, slots=True)
class Reply:
    """What the importing office says to a notification, with the content of the body."""

    says: str
    content: Answer


# ---------------------------------------------------------------------------------- the file


def read_exports(lines: Iterable[str]) -> Iterator[Row]:
    """Yield the rows of a Comtrade CSV. Raises `Malformed` where a column is missing or a row is short."""
    reader = csv.DictReader(lines)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise Malformed(f"Comtrade file: expected the columns {', '.join(missing)}, which are not there")
    for fields in reader:
        if any(fields[name] is None for name in COLUMNS):
            raise Malformed(f"Comtrade file, line {reader.line_num}: expected {len(COLUMNS)} columns or more")
        yield Row(
            line=reader.line_num,
            classification=fields["Classification"],
            period=fields["Period"],
            level=fields["Aggregate Level"],
            flow=fields["Trade Flow"],
            reporter=fields["Reporter"],
            partner=fields["Partner"],
            subheading=fields["Commodity Code"],
            commodity=fields["Commodity"],
            quantity_unit=fields["Qty Unit"],
            quantity=fields["Qty"],
            net_weight_kg=fields["Netweight (kg)"],
            value_usd=fields["Trade Value (US$)"],
            flag=fields["Flag"],
        )


def candidates(rows: Iterable[Row]) -> Iterator[Candidate]:
    """Yield the six-digit export rows whose subheading names a row of the control table."""
    named = {subheading: control.named_by_hs(subheading) for subheading in control.hs_named_subheadings()}
    for row in rows:
        if (row.level, row.flow) == (_LEVEL, "Export") and row.subheading in named:
            yield Candidate(row, named[row.subheading])


def subheadings_absent(rows: Iterable[Row]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the named subheadings without a row: those that the edition lacks, and the others."""
    present = {row.subheading for row in rows if row.level == _LEVEL}
    absent = [one for one in control.hs_named_subheadings() if one not in present]
    return (
        tuple(one for one in absent if one in NEW_IN_HS_2022),
        tuple(one for one in absent if one not in NEW_IN_HS_2022),
    )


# --------------------------------------------------------------------------- a row as a notification


def notification(candidate: Candidate, file: str) -> PreExportNotification | Refusal:
    """Return the notification that a row makes, or why it makes none. `file` is the file's name."""
    row = candidate.row
    weight, is_net = _weight(row)
    refusal = _refusal(candidate, weight)
    if refusal is not None:
        return refusal
    line = SubstanceLine(
        name=row.commodity[:300].strip(),
        quantity=Quantity(amount=weight, unit="kg"),
        control_id=candidate.substances[0].id if len(candidate.substances) == 1 else None,
        hs=row.subheading,
        value=ReportedValue(currency="USD", amount=from_reported(row.value_usd)),
    )
    return PreExportNotification(
        legal_basis="exercise-from-statistics",
        authority_reference=f"EXERCISE {row.period}-{row.subheading}",
        substances=(line,),
        notes=_notes(candidate, is_net),
        source=StatisticsSource(
            file=file,
            row=row.line,
            classification=row.classification,
            period=row.period,
            reporter=row.reporter,
            partner=row.partner,
        ),
    )


def _weight(row: Row) -> tuple[str, bool]:
    """Return the weight in kilograms, empty if there is none, and whether it is the net weight."""
    if row.net_weight_kg:
        return from_reported(row.net_weight_kg), True
    if row.quantity_unit == _KILOGRAMS and row.quantity:
        quantity = from_reported(row.quantity)
        return ("" if quantity == "0" else quantity), False
    return "", True


def _refusal(candidate: Candidate, weight: str) -> Refusal | None:
    row, names = candidate.row, _names(candidate)
    value = from_reported(row.value_usd) if row.value_usd else "0"
    if not weight:
        return _refused(
            row,
            "no-weight",
            Name(
                f"{names}: the row gives no weight (value {value} US dollars).",
                f"{names}: पंक्ति में भार नहीं है (मूल्य {value} अमेरिकी डॉलर)।",
            ),
        )
    if weight == "0":
        return _refused(row, "zero-weight", Name(f"{names}: the weight is zero.", f"{names}: भार शून्य है।"))
    if value == "0":
        return _refused(
            row, "no-value", Name(f"{names}: the row gives no value.", f"{names}: पंक्ति में मूल्य नहीं है।")
        )
    price = Decimal(value) / Decimal(weight)
    if price < PRICE_FLOOR_USD_PER_KG and any(_in_table_one(one, row) for one in candidate.substances):
        return _refused(
            row,
            "absurd-price",
            Name(
                f"{names}: {weight} kg for {value} US dollars is {price:.2f} dollars a kilogram; below "
                f"{PRICE_FLOOR_USD_PER_KG} for a substance of UN Table I the row is taken for an error.",
                f"{names}: {value} अमेरिकी डॉलर में {weight} किग्रा, अर्थात {price:.2f} "
                f"डॉलर प्रति किग्रा; संयुक्त राष्ट्र तालिका I "
                f"के पदार्थ के लिए {PRICE_FLOOR_USD_PER_KG} से कम को पंक्ति की त्रुटि माना जाता है।",
            ),
        )
    return None


def _refused(row: Row, reason: str, words: Name) -> Refusal:
    return Refusal(row, reason, words)


def _names(candidate: Candidate) -> str:
    code = candidate.row.subheading
    return f"{code[:4]}.{code[4:]}, {' or '.join(one.name for one in candidate.substances)}"


def _in_table_one(substance: Substance, row: Row) -> bool:
    on = date(int(row.period[:4]), 12, 31)
    return any(one.list == "Table I" for one in control.status_on(substance, "UN", on).in_force)


def _notes(candidate: Candidate, is_net: bool) -> str:
    named = " and ".join(one.name for one in candidate.substances)
    told = [
        "For practice, from a row of trade statistics.",
        f"The subheading names {named}; goods under it may be others.",
        "The row names no exporter, importer, port or day; weight and value are as it reports them.",
    ]
    if not is_net:
        told.append("Its net weight is empty; the weight here is its quantity, which it counts in kilograms.")
    if candidate.row.flag not in ("", "0"):
        told.append(f"The row carries the flag {candidate.row.flag}.")
    return " ".join(told)


# --------------------------------------------------------------------------- the office's answer

_DECLARATION: Final = (
    "An import declaration (DEA Form 486) is filed at least 15 days before "
    "the import, unless the importer is a "
    "regular one (21 CFR part 1313). The threshold is not checked here."
)
_PERMIT: Final = "An import permit is obtained before dispatch (21 CFR part 1312)."
_VERIFY: Final = "The authority verifies the control status before the goods arrive."


@dataclass(frozen=True, slots=True)
class _Finding:
    """What one substance asks for: `ground` objects, `kinds` are conditions; neither is clear."""

    substance: Substance
    ground: str | None
    kinds: tuple[str, ...]
    words: str
    is_sure: bool


def answer(content: PreExportNotification, on: date, jurisdiction: str = "US") -> Reply:
    """Return what the importing office says by the rules of the control table on the day `on`.

    Object: a permit regime that is sourced and dated. Clear: every substance is known not to be
    controlled on import that day. Ask: a substance that the table does not know. Else clear
    with conditions; what the table holds without date or source is named as unverified.
    """
    found = [(line, _substances(line)) for line in content.substances]
    unknown = tuple(line for line, substances in found if not substances)
    if unknown:
        points = tuple(
            Point(
                about="substance", words=f"Line {content.substances.index(line) + 1}: which chemical is it?"
            )
            for line in unknown
        )
        return Reply("ask", Question(points=points))
    findings = [_finding(one, jurisdiction, on) for _, substances in found for one in substances]
    objections = [one for one in findings if one.ground]
    if objections:
        words = "\n".join(f"{one.words}." for one in objections)
        return Reply("object", Objection(ground="import-permit-required", words=words))
    if any(one.kinds for one in findings):
        return Reply("clear-with-conditions", _conditions(findings))
    return Reply("clear", Clearance(remarks="\n".join(f"{one.words}." for one in findings)))


def _substances(line: SubstanceLine) -> tuple[Substance, ...]:
    """Return the rows a line means: by id, CAS number, name, and last by a subheading that names them."""
    for word in (line.control_id, line.cas, line.name):
        found = control.find(word) if word else ()
        if found:
            return found
    return control.named_by_hs(line.hs) if line.hs else ()


def _finding(substance: Substance, jurisdiction: str, on: date) -> _Finding:
    status = control.status_on(substance, jurisdiction, on)
    is_sure = status.verified == "sourced" and status.standing in ("listed", "not-listed", "not-yet-listed")
    if status.standing in ("not-listed", "not-yet-listed") and status.verified == "sourced":
        return _Finding(substance, None, (), status.words, True)
    if status.in_force and all(one.scope.startswith("exports") for one in status.in_force):
        # Listed for what leaves the country; this is about what comes in.
        sure = status.verified == "sourced"
        return _Finding(substance, None, () if sure else ("status-to-be-verified",), status.words, sure)
    if "permit" in status.regimes:
        if is_sure:
            return _Finding(substance, "import-permit-required", (), status.words, True)
        kinds = ("import-permit-before-dispatch", "status-to-be-verified")
        return _Finding(substance, None, kinds, status.words, False)
    return _Finding(substance, None, _kinds(status, is_sure), status.words, is_sure)


def _kinds(status: ControlStatus, is_sure: bool) -> tuple[str, ...]:
    declared = ("import-declaration-before-arrival",) if "listed-chemical" in status.regimes else ()
    return declared if is_sure and declared else (*declared, "status-to-be-verified")


_TERMS: Final = {
    "import-declaration-before-arrival": _DECLARATION,
    "import-permit-before-dispatch": _PERMIT,
    "status-to-be-verified": _VERIFY,
}


def _conditions(findings: list[_Finding]) -> Conditions:
    wanted = {kind for one in findings for kind in one.kinds}
    conditions = tuple(
        Condition.model_validate({"kind": kind, "words": words})
        for kind, words in _TERMS.items()
        if kind in wanted
    )
    return Conditions(
        conditions=conditions,
        unverified=tuple(dict.fromkeys(one.words for one in findings if not one.is_sure)),
    )


# ---------------------------------------------------------------------------------- all of it


@dataclass(frozen=True, slots=True)
class Played:
    """One candidate row with what became of it: a refusal, or a notification and its answer."""

    candidate: Candidate
    notification: PreExportNotification | None
    reply: Reply | None
    refusal: Refusal | None


def play(lines: Iterable[str], file: str, on: date) -> Iterator[Played]:
    """Yield every candidate row of a Comtrade file with its notification and answer, or its refusal."""
    for candidate in candidates(read_exports(lines)):
        made = notification(candidate, file)
        if isinstance(made, Refusal):
            yield Played(candidate, None, None, made)
        else:
            yield Played(candidate, made, answer(made, on), None)
