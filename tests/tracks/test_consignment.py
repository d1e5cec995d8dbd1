"""Ports, containers, subheadings and quantities: one spelling each, and refusals that say what was expected.

Not here: the control table (tests/tracks/test_control_table.py).
"""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.errors import Malformed
from comity.tracks.counternarcotics.consignment import (
    COUNTRIES,
    PORTS,
    Quantity,
    Unit,
    Weight,
    check_amount,
    check_container,
    check_locode,
    check_subheading,
    from_reported,
    parse_amount,
    parse_port,
    parse_subheading,
    to_base_weight,
)

AMOUNTS = st.decimals(min_value=0, max_value=Decimal("999999999999"), places=6).map(
    lambda number: parse_amount(f"{number:f}")
)

# ------------------------------------------------------------------------------------ ports


@pytest.mark.parametrize(
    ("code", "name"),
    [("INNSA", "Nhava Sheva (Jawaharlal Nehru)"), ("INMUN", "Mundra"), ("USLAX", "Los Angeles")],
)
def test_a_port_of_the_table_has_its_name(code: str, name: str) -> None:
    port = parse_port(code)

    assert (port.code, port.name, port.country, port.known) == (code, name, code[:2], True)


def test_a_code_that_the_table_lacks_is_accepted_and_says_so() -> None:
    port = parse_port("INZZ9")

    assert (port.name, port.country, port.known) == ("", "IN", False)


@pytest.mark.parametrize(
    "text", ["", "IN", "innsa", "IN NSA", "INNSA1", "INNS1", "INNS0", "1NNSA", "ІNNSA", "INNSA\n"]
)
def test_what_is_not_a_locode_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="expected a UN/LOCODE"):
        check_locode(text)


def test_a_country_that_is_not_there_is_refused() -> None:
    with pytest.raises(Malformed, match=r"expected an ISO 3166 country .* got QQ"):
        parse_port("QQNSA")


def test_the_table_holds_249_countries_and_the_ports_of_both_sides() -> None:
    assert len(COUNTRIES) == 249 + 1  # XZ: UN/LOCODE's own code for international waters
    assert sum(port.country == "IN" for port in PORTS.values()) == 36
    assert sum(port.country == "US" for port in PORTS.values()) == 141
    for code, port in PORTS.items():
        assert parse_port(code) == port
        assert port.name


# ------------------------------------------------------------------------------- containers


@pytest.mark.parametrize("number", ["CSQU3054383", "TOLU4734787"])
def test_a_container_number_known_to_be_right_is_accepted(number: str) -> None:
    check_container(number)


def test_a_wrong_check_digit_is_named() -> None:
    with pytest.raises(Malformed, match="expected the check digit 3, got 4"):
        check_container("CSQU3054384")


@pytest.mark.parametrize(
    "text", ["", "CSQU305438", "CSQU 305438 3", "csqu3054383", "CSQA3054383", "CSQU30543830"]
)
def test_what_is_not_a_container_number_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="expected three letters of the owner"):
        check_container(text)


@given(st.from_regex(r"[A-Z]{3}[UJZ][0-9]{6}", fullmatch=True))
def test_exactly_one_check_digit_is_right(number: str) -> None:
    right = []
    for digit in "0123456789":
        try:
            check_container(number + digit)
        except Malformed:
            continue
        right.append(digit)
    assert len(right) == 1


@given(st.from_regex(r"[A-Z]{3}[UJZ][0-9]{6}", fullmatch=True))
def test_the_letters_are_worth_what_the_standard_prints(number: str) -> None:
    printed = "10 12 13 14 15 16 17 18 19 20 21 23 24 25 26 27 28 29 30 31 32 34 35 36 37 38".split()
    values = [int(printed[ord(c) - 65]) if c.isalpha() else int(c) for c in number]
    total = sum(value * 2**place for place, value in enumerate(values))

    check_container(f"{number}{total % 11 % 10}")


# ------------------------------------------------------------------------------ subheadings


def test_a_subheading_has_one_spelling_and_is_read_with_its_point() -> None:
    assert parse_subheading("2939.41") == parse_subheading("293941") == "293941"
    check_subheading("293941")
    with pytest.raises(Malformed, match="without a point"):
        check_subheading("2939.41")


@pytest.mark.parametrize(
    "text",
    ["", "2939", "29394", "2939410", "29.3941", "000000", "770110", "990000", "290010", "2939 41", "٢٩٣٩41"],
)
def test_what_is_not_a_subheading_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="HS subheading"):
        parse_subheading(text)


# ------------------------------------------------------------------------------- quantities


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", "0"),
        ("0.0", "0"),
        ("0.5", "0.5"),
        ("1250.50", "1250.5"),
        ("3.000000", "3"),
        ("999999999999.999999",) * 2,
    ],
)
def test_an_amount_is_read_into_its_one_spelling(text: str, amount: str) -> None:
    assert parse_amount(text) == amount
    check_amount(amount)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        ".5",
        "5.",
        "00",
        "01",
        "-1",
        "+1",
        "1e3",
        "1,250",
        "1 250",
        "1_0",
        "NaN",
        "Infinity",
        "1234567890123",
        "0.0000001",
        "\u0661",
        "1\n",
        "0x1",
        "9" * 5000,
    ],
)
def test_what_is_not_an_amount_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="amount: expected at most 12 digits"):
        parse_amount(text)


@given(st.text(alphabet="0123456789.", max_size=20))
def test_an_amount_is_refused_or_keeps_its_value_and_is_stable(text: str) -> None:
    try:
        amount = parse_amount(text)
    except Malformed:
        return
    assert Decimal(amount) == Decimal(text)
    assert parse_amount(amount) == amount
    check_amount(amount)


def test_a_second_spelling_of_an_amount_is_refused_with_the_first() -> None:
    with pytest.raises(Malformed, match=r"expected 1250\.5, got '1250\.50'"):
        Quantity("1250.50", "kg")


@pytest.mark.parametrize(
    ("amount", "unit", "weight", "complaint"),
    [
        ("1", "lb", "base", "unit: expected one of g, kg, l, ml, tablets, count"),
        ("1", "kg", "free", "weight: expected one of base, salt, not-stated"),
        ("1.5", "tablets", "not-stated", "expected a whole number of tablets"),
        ("1", "l", "base", "expected not-stated for l, got base"),
    ],
)
def test_a_quantity_that_cannot_be_is_refused(
    amount: str, unit: Unit, weight: Weight, complaint: str
) -> None:
    with pytest.raises(Malformed, match=complaint):
        Quantity(amount, unit, weight)


@pytest.mark.parametrize(
    ("reported", "amount"),
    [
        ("0.07200000000000001", "0.072"),
        ("413367.0", "413367"),
        ("1234.5678901", "1234.56789"),
        ("1234567890123.0", None),
        ("123456789012.7", "123456789013"),
        ("0.0000005", None),
        ("0.0000015", "0.000002"),
        ("2.5e3", "2500"),
        ("1E-3", "0.001"),
        ("1e99", None),
        ("1e-99", None),
        ("0", "0"),
        ("0.000", "0"),
        ("0e50", "0"),
        ("199", "199"),
        ("007.50", "7.5"),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("", None),
        ("1,000", None),
        ("999999999999.9", None),
    ],
)
def test_a_reported_number_is_read_by_the_stated_rule(reported: str, amount: str | None) -> None:
    if amount is None:
        with pytest.raises(Malformed, match="expected"):
            from_reported(reported)
    else:
        assert from_reported(reported) == amount


@given(st.floats(min_value=1e-6, max_value=999_999_999_999, allow_nan=False))
def test_a_reported_number_keeps_nine_digits_or_six_places(number: float) -> None:
    exact, read = Decimal(repr(number)), Decimal(from_reported(repr(number)))

    assert abs(exact - read) <= Decimal(f"0.5e{max(exact.adjusted() - 8, -6)}")
    assert from_reported(f"{read:f}") == f"{read.normalize():f}"


@given(AMOUNTS)
def test_an_amount_that_is_reported_back_is_the_same_up_to_nine_digits(amount: str) -> None:
    if len(amount.replace(".", "").lstrip("0")) <= 9:
        assert from_reported(amount) == amount


# --------------------------------------------------------------------------- salts and bases


def test_a_base_weight_is_left_alone_and_an_unstated_one_is_asked_about() -> None:
    base = Quantity("5", "kg", "base")

    assert to_base_weight(base, "0.8192") == base
    with pytest.raises(Malformed, match="ask whether it is salt or base"):
        to_base_weight(Quantity("5", "kg"), "0.8192")
    with pytest.raises(Malformed, match=r"at least 0\.000001 g, got less"):
        to_base_weight(Quantity("0.000001", "g", "salt"), "0.1")


@pytest.mark.parametrize("fraction", ["0", "1.1", "-1", "0,8"])
def test_a_fraction_that_is_none_is_refused(fraction: str) -> None:
    with pytest.raises(Malformed):
        to_base_weight(Quantity("5", "kg", "salt"), fraction)


@given(st.lists(AMOUNTS, min_size=2).map(lambda amounts: sorted(amounts, key=Decimal)))
def test_more_salt_is_never_less_base(amounts: list[str]) -> None:
    weights = [to_base_weight(Quantity(amount, "kg", "salt"), "0.8192") for amount in amounts]

    assert all(Decimal(less.amount) <= Decimal(more.amount) for less, more in pairwise(weights))
    assert all(
        abs(Decimal(weight.amount) - Decimal(amount) * Decimal("0.8192")) <= Decimal("0.0000005")
        for weight, amount in zip(weights, amounts, strict=True)
    )
