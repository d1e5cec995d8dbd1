"""Contents: what parses, what is refused, and that a refusal never repeats a value."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core import canonical
from comity.core.canonical import JsonObject
from comity.core.errors import Malformed
from comity.core.instrument import annex_json, parse_annex
from comity.tracks import registry
from comity.tracks.counternarcotics.bodies import ABSENT, EITHER, REQUIRED, PreExportNotification
from comity.tracks.dialogue import annexes
from comity.tracks.registry import LISTED, content_json
from comity.tracks.words import field_paths

PEN = "pre-export-notification/1"


def trader(name: str, country: str) -> JsonObject:
    return {"name": name, "address": f"1 Made-up Road, {name}", "country": country}


def notification(**changes: Any) -> dict[str, Any]:
    """A whole notification under the treaty, with made-up firms."""
    content: dict[str, Any] = {
        "legal_basis": "article-12-10-a",
        "authority_reference": "CBN/2026/17",
        "exporter": trader("Example Chemicals", "IN"),
        "importer": trader("Sample Works", "US"),
        "consignee": None,
        "substances": [
            {
                "name": "acetic anhydride",
                "quantity": {"amount": "1250.5", "unit": "kg", "weight": "not-stated"},
                "control_id": "CC001",
                "cas": "108-24-7",
                "hs": "291524",
                "value": {"currency": "USD", "amount": "1500"},
            }
        ],
        "point_of_entry": "USSAV",
        "dispatch_on": "2026-12-20",
        "containers": ["CSQU3054383"],
    }
    return content | changes


def line(**changes: Any) -> dict[str, Any]:
    """A notification in which one thing about its substance is changed."""
    return notification(substances=[notification()["substances"][0] | changes])


def parse(body_type: str, content: JsonObject) -> Any:
    return registry.parse_content(body_type, registry.schema_hash(body_type) or "", content)


SAMPLES: dict[str, JsonObject] = {
    PEN: notification(),
    "pre-export-acknowledgement/1": {"case_reference": "DEA-26-0001", "contact_office": "US/DEA"},
    "question/1": {"points": [{"about": "end-use", "words": "Which product is it for?"}]},
    "answer/1": {"points": [{"about": "end-use", "words": "For aspirin."}]},
    "extension/1": {"reason": "site-visit-planned", "expected_on": "2026-12-24"},
    "clearance/1": {"valid_until": "2027-03-01"},
    "conditions/1": {"conditions": [{"kind": "receipt-reported", "words": "Within ten days."}]},
    "objection/1": {"ground": "importer-unknown", "words": "There is no such firm at the address."},
    "dispute/1": {"points": [{"field": "starts_on", "words": "It was held on the 28th."}]},
    "instrument-signature/1": {"signs": "a" * 64, "capacity": {"en": "Home Secretary", "hi": "गृह सचिव"}},
    "termination/1": {"reason": None},
}


@pytest.mark.parametrize("body_type", SAMPLES)
def test_a_content_is_the_same_after_writing_and_reading(body_type: str) -> None:
    content = parse(body_type, SAMPLES[body_type])
    written = content_json(content)

    assert parse(body_type, written) == content
    assert content_json(parse(body_type, written)) == written
    assert canonical.parse(canonical.encode(written)) == written


def test_what_is_not_filled_in_is_written_as_null() -> None:
    assert content_json(parse("clearance/1", {})) == {
        "authority_reference": None,
        "valid_until": None,
        "remarks": None,
    }


# ------------------------------------------------------------------- what the legal basis decides


@pytest.mark.parametrize("missing", REQUIRED["article-12-10-a"])
def test_under_the_treaty_each_of_its_items_is_required(missing: str) -> None:
    with pytest.raises(Malformed, match=f"{PEN}: {missing}: required"):
        parse(PEN, notification(**{missing: None}))


def test_under_the_treaty_the_consignee_is_given_when_available() -> None:
    assert parse(PEN, notification()).consignee is None
    assert parse(PEN, notification(consignee=trader("Depot", "US"))).consignee.name == "Depot"


@pytest.mark.parametrize("basis", ["voluntary", "other-agreed"])
def test_a_voluntary_notification_names_somebody_who_can_answer(basis: str) -> None:
    bare = dict.fromkeys(("exporter", "importer", "point_of_entry", "dispatch_on"))

    assert parse(PEN, notification(legal_basis=basis, **bare | {"point_of_entry": "USSAV"}))
    assert parse(PEN, notification(legal_basis=basis, **bare | {"importer": trader("Works", "US")}))
    with pytest.raises(Malformed, match=r"importer: required .*point of entry"):
        parse(PEN, notification(legal_basis=basis, **bare))


def exercise(**changes: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(("exporter", "importer", "point_of_entry", "dispatch_on"))
    source = {
        "file": "exports.csv",
        "row": 7,
        "classification": "H5",
        "period": "2018",
        "reporter": "India",
        "partner": "World",
    }
    return notification(legal_basis="exercise-from-statistics", source=source, **nothing) | changes


def test_an_exercise_names_its_row_and_nobody() -> None:
    assert parse(PEN, exercise()).source.row == 7
    with pytest.raises(Malformed, match="source: required"):
        parse(PEN, exercise(source=None))
    with pytest.raises(Malformed, match="importer: not-allowed"):
        parse(PEN, exercise(importer=trader("Works", "US")))
    with pytest.raises(Malformed, match="dispatch_on: not-allowed"):
        parse(PEN, exercise(dispatch_on="2026-12-20"))


def test_no_notification_in_earnest_has_a_row_of_statistics() -> None:
    with pytest.raises(Malformed, match="source: not-allowed"):
        parse(PEN, notification(source=exercise()["source"]))


def test_each_legal_basis_has_its_rules_and_they_name_fields() -> None:
    bases = dict(field_paths(PreExportNotification))["legal_basis"]

    for rules in (REQUIRED, EITHER, ABSENT):
        assert set(rules) == set(bases)
        assert {name for names in rules.values() for name in names} <= set(PreExportNotification.model_fields)


# ------------------------------------------------------------- every refusal: place, kind, and fix

REFUSED: list[tuple[str, JsonObject, str]] = [
    (PEN, line(cas="108-24-8"), r"substances\[0\].cas: cas-check-digit \(the last digit"),
    (PEN, line(cas="x"), r"substances\[0\].cas: string_pattern_mismatch"),
    (PEN, line(hs="770100"), r"substances\[0\].hs: hs-subheading \(write an HS subheading as six digits"),
    (PEN, line(hs="2915.24"), r"substances\[0\].hs: string_pattern_mismatch"),
    (PEN, line(control_id="1"), r"substances\[0\].control_id: string_pattern_mismatch"),
    (PEN, line(name=" x"), r"substances\[0\].name: string_pattern_mismatch"),
    (PEN, line(name=""), r"substances\[0\].name: string_too_short"),
    (PEN, line(quantity={"amount": "0", "unit": "kg"}), r"substances\[0\].quantity.amount: nothing"),
    (PEN, line(quantity={"amount": "1.50", "unit": "kg"}), r"quantity.amount: amount \(write digits"),
    (PEN, line(quantity={"amount": "-1", "unit": "kg"}), r"quantity.amount: string_pattern_mismatch"),
    (PEN, line(quantity={"amount": 5, "unit": "kg"}), r"quantity.amount: string_type"),
    (
        PEN,
        line(quantity={"amount": "5", "unit": "stone"}),
        r"quantity.unit: literal_error \(Input should be 'g', 'kg'",
    ),
    (
        PEN,
        line(quantity={"amount": "5.5", "unit": "tablets"}),
        r"quantity.unit: quantity \(tablets and pieces",
    ),
    (PEN, line(quantity={"amount": "5", "unit": "l", "weight": "salt"}), r"quantity.unit: quantity"),
    (PEN, line(quantity={"unit": "kg"}), r"quantity.amount: missing"),
    (PEN, line(value={"currency": "dollars", "amount": "1"}), r"value.currency: string_pattern_mismatch"),
    (PEN, notification(substances=[]), r"substances: too_short"),
    (PEN, notification(point_of_entry="ZZAAA"), r"point_of_entry: un-locode \(write a UN/LOCODE"),
    (PEN, notification(point_of_entry="Savannah"), r"point_of_entry: string_pattern_mismatch"),
    (PEN, notification(transit=["SGSIN", "ZZAAA"]), r"transit\[1\]: un-locode"),
    (
        PEN,
        notification(containers=["CSQU3054384"]),
        r"containers\[0\]: iso-6346-check-digit \(the last digit",
    ),
    (PEN, notification(dispatch_on="2026-02-30"), r"dispatch_on: day \(write a day that exists"),
    (PEN, notification(dispatch_on="20 December"), r"dispatch_on: string_pattern_mismatch"),
    (PEN, notification(legal_basis="habit"), r"legal_basis: literal_error"),
    (
        PEN,
        notification(exporter={"name": "A", "address": "B", "country": "ZZ"}),
        r"exporter.country: country",
    ),
    (PEN, notification(exporter={"name": "A", "address": "B"}), r"exporter.country: missing"),
    (PEN, exercise(source=exercise()["source"] | {"row": 0}), r"source.row: greater_than_equal"),
    (
        "pre-export-acknowledgement/1",
        {"case_reference": "A", "contact_office": "DEA"},
        r"contact_office: string_pattern",
    ),
    ("question/1", {"points": []}, r"points: too_short"),
    ("question/1", {"points": [{"about": "weather", "words": "?"}]}, r"points\[0\].about: literal_error"),
    ("extension/1", {"reason": "busy"}, r"reason: literal_error"),
    ("conditions/1", {"conditions": []}, r"conditions: too_short"),
    ("objection/1", {"ground": "dislike", "words": "no"}, r"ground: literal_error"),
    ("objection/1", {"ground": "importer-unknown"}, r"words: missing"),
    (
        "instrument-signature/1",
        {"signs": "A" * 64, "capacity": {"en": "a", "hi": "b"}},
        r"signs: string_pattern",
    ),
    ("instrument-signature/1", {"signs": "a" * 64, "capacity": {"en": "a"}}, r"capacity.hi: missing"),
]


@pytest.mark.parametrize(("body_type", "content", "told"), REFUSED)
def test_a_wrong_content_is_refused_by_place_and_kind(body_type: str, content: JsonObject, told: str) -> None:
    with pytest.raises(Malformed, match=told) as found:
        parse(body_type, content)

    assert str(found.value).startswith(f"{body_type}: ")


def test_a_subheading_that_our_table_does_not_know_is_no_error_of_the_sender() -> None:
    assert parse(PEN, line(hs="299999", control_id="CC999")).substances[0].hs == "299999"


SECRET = "Zebulon Q. Nonesuch"


def _places(value: Any) -> list[list[Any]]:
    """Every place in a JSON value, as the keys that lead to it."""
    items: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [[], *([key, *rest] for key, item in items for rest in _places(item))]


def _with(value: Any, place: list[Any], put: Any) -> Any:
    if not place:
        return put
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[place[0]] = _with(value[place[0]], place[1:], put)
    return copied


def _refusal(body_type: str, content: JsonObject) -> Malformed | None:
    try:
        parse(body_type, content)
    except Malformed as error:
        return error
    return None


@given(st.data())
def test_no_refusal_repeats_what_was_written(data: st.DataObject) -> None:
    body_type = data.draw(st.sampled_from(sorted(SAMPLES)))
    content = SAMPLES[body_type]
    place = data.draw(st.sampled_from([place for place in _places(content) if place]))
    put = data.draw(st.sampled_from([SECRET, [SECRET], {SECRET: 1}, {"en": SECRET, "name": SECRET}]))

    refusal = _refusal(body_type, _with(content, place, put))
    if refusal is not None:
        assert "Zebulon" not in str(refusal)
        assert refusal.__cause__ is None
        assert refusal.__suppress_context__


def test_the_name_of_an_unknown_field_is_not_repeated() -> None:
    with pytest.raises(Malformed, match="exporter: extra_forbidden") as found:
        parse(PEN, notification(exporter=trader("A", "IN") | {SECRET: "x"}))

    assert "Zebulon" not in str(found.value)


@pytest.mark.parametrize("value", [1.5, "a\u202eb", {"é": 1}, 2**60])
def test_what_is_not_restricted_json_is_refused_without_repeating_it(value: Any) -> None:
    with pytest.raises(Malformed, match="clearance/1: not restricted JSON") as found:
        parse("clearance/1", {"remarks": value})

    assert found.value.__suppress_context__


def test_many_errors_are_counted_and_not_all_told() -> None:
    wrong: JsonObject = {"points": [{"about": "weather", "words": 1}] * 20}

    with pytest.raises(Malformed, match=r"and \d+ more"):
        parse("question/1", wrong)


def test_a_body_of_another_schema_or_an_unknown_type_is_refused() -> None:
    with pytest.raises(Malformed, match="schema hash"):
        registry.parse_content(PEN, "0" * 64, notification())
    with pytest.raises(Malformed, match="not known here") as found:
        registry.parse_content(SECRET, "0" * 64, {})
    assert "Zebulon" not in str(found.value)


# ------------------------------------------------------------------------------------- annexes


def test_an_annex_in_a_text_is_one_that_the_core_reads() -> None:
    annex = annexes.precursor_annex(["a" * 64], date(2026, 11, 1))
    text: JsonObject = {
        "title": {"en": "A memorandum", "hi": "एक ज्ञापन"},
        "kind": "memorandum",
        "clauses": [{"en": "One.", "hi": "एक।"}],
        "annex": annex_json(annex),
        "session": None,
    }

    content = parse("instrument-text/1", text)

    assert parse_annex(content.annex) == annex
    assert content_json(content) == text
    broken = annex_json(annex) | {"in-force-from": SECRET}
    with pytest.raises(Malformed, match=r"annex: annex .*in-force-from") as found:
        parse("instrument-text/1", text | {"annex": broken})
    assert "Zebulon" not in str(found.value)


def test_every_body_type_of_the_list_has_a_model_that_forbids_what_it_does_not_know() -> None:
    for one in LISTED:
        for body_type, model in one.bodies.items():
            assert registry.content_model(body_type) is model
            assert model.model_config["extra"] == "forbid"
            assert model.model_config["frozen"] is True
            assert model.model_config["strict"] is True
