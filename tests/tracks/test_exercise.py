"""Trade statistics as notifications for practice: the rules on made-up rows, and the real file."""

import csv
import gzip
import io
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from comity.core.errors import Malformed
from comity.tracks import registry
from comity.tracks.counternarcotics import control
from comity.tracks.counternarcotics.bodies import (
    Clearance,
    Conditions,
    Objection,
    PreExportNotification,
    Quantity,
    Question,
    SubstanceLine,
)
from comity.tracks.counternarcotics.exercise import (
    COLUMNS,
    NEW_IN_HS_2022,
    Refusal,
    answer,
    candidates,
    notification,
    play,
    read_exports,
    subheadings_absent,
)
from comity.tracks.registry import content_json

FILE = "comtrade_india_exports_world_2018_hs.csv.gz"
ON = date(2026, 11, 23)


def lines(**changes: str) -> list[str]:
    """A file of one row: acetic anhydride, a tonne for two thousand dollars."""
    row = dict.fromkeys(COLUMNS, "")
    row |= {
        "Classification": "H5",
        "Period": "2018",
        "Aggregate Level": "6",
        "Trade Flow": "Export",
        "Reporter": "India",
        "Partner": "World",
        "Commodity Code": "291524",
        "Commodity": "Acids; acetic anhydride",
        "Qty Unit": "Weight in kilograms",
        "Qty": "1000",
        "Netweight (kg)": "1000",
        "Trade Value (US$)": "2000",
        "Flag": "0",
    }
    written = io.StringIO()
    writer = csv.DictWriter(written, COLUMNS)
    writer.writeheader()
    writer.writerow(row | {name.replace("_", " "): value for name, value in changes.items()})
    return written.getvalue().splitlines(keepends=True)


def made(**changes: str) -> PreExportNotification | Refusal:
    (candidate,) = candidates(read_exports(lines(**changes)))
    return notification(candidate, "file.csv")


def refusal(**changes: str) -> Refusal:
    found = made(**changes)
    assert isinstance(found, Refusal)
    return found


# ------------------------------------------------------------------------------------ the rules


def test_a_row_says_what_it_says_and_names_nobody() -> None:
    found = made()

    assert isinstance(found, PreExportNotification)
    (line,) = found.substances
    assert (line.quantity.amount, line.quantity.unit, line.quantity.weight) == ("1000", "kg", "not-stated")
    assert line.value is not None
    assert (line.value.amount, line.hs, line.control_id) == ("2000", "291524", "CC001")
    assert (line.name, line.cas) == ("Acids; acetic anhydride", None)
    assert (found.exporter, found.importer, found.point_of_entry, found.dispatch_on) == (None,) * 4
    assert found.source is not None
    assert found.source.row == 2
    assert "Acetic anhydride" in (found.notes or "")


def test_a_notification_from_a_row_parses_as_any_other() -> None:
    found = made()
    assert isinstance(found, PreExportNotification)
    body_type = "pre-export-notification/1"
    pin = registry.schema_hash(body_type) or ""

    assert registry.parse_content(body_type, pin, content_json(found)) == found


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Netweight (kg)": "", "Qty": "0"}, "no-weight"),
        ({"Netweight (kg)": "", "Qty": "5", "Qty Unit": "Number of items"}, "no-weight"),
        ({"Netweight (kg)": "", "Qty": ""}, "no-weight"),
        ({"Netweight (kg)": "0"}, "zero-weight"),
        ({"Trade Value (US$)": ""}, "no-value"),
        ({"Trade Value (US$)": "0"}, "no-value"),
        ({"Trade Value (US$)": "999"}, "absurd-price"),
    ],
)
def test_a_row_that_cannot_be_right_is_refused_by_name(changes: dict[str, str], reason: str) -> None:
    found = refusal(**changes)

    assert found.reason == reason
    assert "2915.24, Acetic anhydride" in found.words.en
    assert "2915.24" in found.words.hi


def test_one_dollar_a_kilogram_is_not_absurd() -> None:
    assert isinstance(made(**{"Trade Value (US$)": "1000"}), PreExportNotification)


def test_cheap_acid_of_table_two_is_not_absurd() -> None:
    acid = made(**{"Commodity Code": "280700", "Trade Value (US$)": "61"})

    assert isinstance(acid, PreExportNotification)


def test_a_weight_that_stands_only_as_a_quantity_is_taken_and_said_to_be_one() -> None:
    found = made(**{"Netweight (kg)": "", "Qty": "108"})

    assert isinstance(found, PreExportNotification)
    assert found.substances[0].quantity.amount == "108"
    assert "net weight is empty" in (found.notes or "")


def test_where_a_subheading_names_two_the_row_does_not_say_which() -> None:
    found = made(**{"Commodity Code": "280470"})

    assert isinstance(found, PreExportNotification)
    assert found.substances[0].control_id is None
    assert "Red phosphorus and White" in (found.notes or "")
    assert isinstance(answer(found, ON).content, Conditions)


@pytest.mark.parametrize(
    "changes",
    [
        {"Aggregate Level": "4"},
        {"Trade Flow": "Import"},
        {"Commodity Code": "293339"},
        {"Commodity Code": "010121"},
    ],
)
def test_only_six_digit_exports_that_name_a_controlled_substance_are_candidates(
    changes: dict[str, str],
) -> None:
    assert list(candidates(read_exports(lines(**changes)))) == []


def test_a_file_without_a_column_names_it() -> None:
    with pytest.raises(Malformed, match=r"Netweight \(kg\)"):
        list(read_exports(["Classification,Period\n", "H5,2018\n"]))
    with pytest.raises(Malformed, match="line 2"):
        list(read_exports([lines()[0], "H5,2018\n"]))


# ------------------------------------------------------------------------------------ the answer


def of(name: str, **more: Any) -> PreExportNotification:
    line = SubstanceLine(name=name, quantity=Quantity(amount="5", unit="kg"), **more)
    return PreExportNotification(
        legal_basis="voluntary", authority_reference="A", substances=(line,), point_of_entry="USSAV"
    )


def test_a_permit_regime_that_is_sourced_and_dated_is_objected_to() -> None:
    reply = answer(of("ANPP", cas="21409-26-7"), ON)

    assert reply.says == "object"
    assert isinstance(reply.content, Objection)
    assert reply.content.ground == "import-permit-required"
    assert "75 FR 37295" in reply.content.words


def test_before_the_day_of_its_listing_it_is_clear() -> None:
    reply = answer(of("4-piperidone", control_id="CC036"), date(2020, 1, 1))

    assert reply.says == "clear"
    assert isinstance(reply.content, Clearance)
    assert "not yet listed" in (reply.content.remarks or "")


def test_a_dated_list_one_chemical_is_cleared_with_the_declaration_alone() -> None:
    reply = answer(of("NPP", control_id="CC030"), ON)

    assert isinstance(reply.content, Conditions)
    assert [one.kind for one in reply.content.conditions] == ["import-declaration-before-arrival"]
    assert "Form 486" in reply.content.conditions[0].words
    assert reply.content.unverified == ()


def test_what_is_listed_without_a_date_is_named_as_unverified() -> None:
    reply = answer(of("acetic anhydride"), ON)

    assert isinstance(reply.content, Conditions)
    assert [one.kind for one in reply.content.conditions] == [
        "import-declaration-before-arrival",
        "status-to-be-verified",
    ]
    assert "the day it took effect was not seen" in reply.content.unverified[0]


def test_an_unverified_permit_regime_is_a_condition_and_no_objection() -> None:
    reply = answer(of("P-2-P", control_id="CC014"), ON)

    assert isinstance(reply.content, Conditions)
    assert reply.content.conditions[0].kind == "import-permit-before-dispatch"
    assert reply.content.unverified


def test_what_is_listed_for_export_only_may_come_in() -> None:
    assert answer(of("MIBK", control_id="CC047"), ON).says == "clear"


def test_what_the_table_does_not_know_is_asked_about() -> None:
    reply = answer(of("a thing of no name"), ON)

    assert reply.says == "ask"
    assert isinstance(reply.content, Question)


def test_each_row_of_the_table_gets_an_answer_that_a_step_carries() -> None:
    table = registry.current("counternarcotics.pre-export-notification").procedure

    for substance in control.SUBSTANCES:
        reply = answer(of(substance.name, control_id=substance.id), ON)
        step = table.step("considered", "importing", reply.says)
        assert step is not None
        assert step.body is not None
        assert registry.content_model(step.body) is type(reply.content)


# ---------------------------------------------------------------------------------- the real file


@pytest.fixture(scope="module")
def real(shared: Path) -> list[str]:
    with gzip.open(shared / "data" / "customs" / "trade" / FILE, "rt", newline="") as file:
        return list(file)


def test_the_exports_of_2018_make_27_notifications_and_4_refusals_by_name(real: list[str]) -> None:
    played = list(play(real, FILE, ON))

    assert len(played) == 31
    refused = {one.refusal.row.subheading: one.refusal for one in played if one.refusal}
    assert {code: one.reason for code, one in refused.items()} == {
        "292640": "absurd-price",
        "293292": "no-weight",
        "293294": "no-weight",
        "293961": "no-weight",
    }
    assert "199 kg for 102 US dollars is 0.51 dollars a kilogram" in refused["292640"].words.en
    assert "APAAN" in refused["292640"].words.en
    answers = Counter(one.reply.says for one in played if one.reply)
    assert answers == {"clear-with-conditions": 26, "clear": 1}


def test_each_notification_of_the_real_file_says_what_its_row_says(real: list[str]) -> None:
    numbered = list(csv.reader(real))
    header = numbered[0]
    for one in play(real, FILE, ON):
        if one.notification is None:
            continue
        source, (line,) = one.notification.source, one.notification.substances
        assert source is not None
        row = dict(zip(header, numbered[source.row - 1], strict=True))
        assert row["Commodity Code"] == line.hs
        assert row["Commodity"].startswith(line.name)
        assert line.value is not None
        assert float(row["Trade Value (US$)"]) == float(line.value.amount)
        assert float(row["Netweight (kg)"] or row["Qty"]) == float(line.quantity.amount)
        pin = registry.schema_hash("pre-export-notification/1") or ""
        content = content_json(one.notification)
        assert registry.parse_content("pre-export-notification/1", pin, content) == one.notification


def test_subheadings_of_the_next_edition_are_not_in_the_file(real: list[str]) -> None:
    of_the_edition, others = subheadings_absent(read_exports(real))

    assert of_the_edition == NEW_IN_HS_2022
    assert others == ("293291", "293963", "300342", "300343", "300443")
    assert {row.classification for row in read_exports(real)} == {"H5"}
