"""What a consignment is made of: ports, containers, HS subheadings, quantities; each in its one spelling.

    port          INNSA         UN/LOCODE: ISO 3166 country, three of A-Z and 2-9
    container     CSQU3054383   ISO 6346: owner, category, serial number, check digit
    subheading    293941        Harmonized System, six digits
    quantity      1250.5 kg     decimal string, unit, and whether it is base or salt

The ports are in `ports.json` beside this module: those of India, those of the United
States, and the larger ones elsewhere. It is not the whole of UN/LOCODE, so a code that is
not in it is accepted in a country that exists, and says that it is not known here.

Deliberately not here: which substance a heading names (`control`), floats, and any guess
at a misspelt code.
"""

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from importlib import resources
from types import MappingProxyType
from typing import Final, Literal

from comity.core import canonical, fields
from comity.core.errors import Malformed

# ------------------------------------------------------------------------------------- ports


@dataclass(frozen=True, slots=True)
class Port:
    """A place by its UN/LOCODE. `known`: it is in our table; else `name` is empty."""

    code: str
    name: str
    country: str
    known: bool


_LOCODE: Final = re.compile(r"[A-Z]{2}[A-Z2-9]{3}", re.ASCII)


def _read_ports() -> canonical.JsonObject:
    files = resources.files("comity.tracks.counternarcotics")
    return canonical.parse(files.joinpath("ports.json").read_bytes().removesuffix(b"\n"))


_TABLE: Final = _read_ports()
_COUNTRIES: Final = fields.object_(_TABLE, "countries")
_PORTS: Final = fields.object_(_TABLE, "ports")

COUNTRIES: Final[Mapping[str, str]] = MappingProxyType(
    {code: fields.text(_COUNTRIES, code) for code in _COUNTRIES}
)
"""ISO 3166 alpha-2 codes and short English names."""

PORTS: Final[Mapping[str, Port]] = MappingProxyType(
    {code: Port(code, fields.text(_PORTS, code), code[:2], known=True) for code in _PORTS}
)
"""By UN/LOCODE: the ports of our table."""


def parse_port(text: str) -> Port:
    """Return the port with that UN/LOCODE; raise `Malformed` for a wrong format or country.

    A code that our table does not hold is accepted: the table is not the whole register.
    """
    if not _LOCODE.fullmatch(text):
        raise Malformed(
            "port: expected a UN/LOCODE, two letters of the country and three of A-Z and 2-9 as INNSA, "
            f"got {text!r:.80}"
        )
    if text[:2] not in COUNTRIES:
        raise Malformed(f"port {text}: expected an ISO 3166 country in the first two letters, got {text[:2]}")
    return PORTS.get(text) or Port(text, "", text[:2], known=False)


def check_locode(text: str) -> None:
    """Raise `Malformed` unless `parse_port` accepts `text`."""
    parse_port(text)


# -------------------------------------------------------------------------------- containers

_CONTAINER: Final = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}", re.ASCII)
# ISO 6346: letters are worth 10 to 38 without the multiples of 11.
_LETTERS: Final = dict(
    zip(string.ascii_uppercase, (value for value in range(10, 39) if value % 11), strict=True)
)


def check_container(text: str) -> None:
    """Raise `Malformed` unless `text` is a container number with the right check digit (ISO 6346)."""
    if not _CONTAINER.fullmatch(text):
        raise Malformed(
            "container: expected three letters of the owner, U, J or Z, and seven digits as CSQU3054383, "
            f"got {text!r:.80}"
        )
    values = [_LETTERS.get(character) or int(character) for character in text[:10]]
    expected = sum(value << place for place, value in enumerate(values)) % 11 % 10
    if int(text[10]) != expected:
        raise Malformed(
            f"container {text}: expected the check digit {expected}, got {text[10]}; compare it with the box"
        )


# -------------------------------------------------------------------------------- subheadings

_SUBHEADING: Final = re.compile(r"([0-9]{4})\.?([0-9]{2})", re.ASCII)


def parse_subheading(text: str) -> str:
    """Return an HS subheading as six digits; `2939.41` is read as `293941`."""
    match = _SUBHEADING.fullmatch(text)
    if match is None:
        raise Malformed(f"HS subheading: expected six digits as 293941, got {text!r:.80}")
    digits = match[1] + match[2]
    # Chapter 77 is reserved; 98 and 99 are for national use and mean nothing to another country.
    if not 1 <= int(digits[:2]) <= 97 or digits[:2] == "77" or digits[2:4] == "00":
        raise Malformed(
            f"HS subheading {digits}: expected a chapter from 01 to 97 but 77, and a heading above 00"
        )
    return digits


def check_subheading(text: str) -> None:
    """Raise `Malformed` unless `text` is an HS subheading in its one spelling, six digits."""
    if parse_subheading(text) != text:
        raise Malformed(f"HS subheading: expected six digits without a point, got {text!r:.80}")


# --------------------------------------------------------------------------------- quantities

Unit = Literal["g", "kg", "l", "ml", "tablets", "count"]
Weight = Literal["base", "salt", "not-stated"]

UNITS: Final = ("g", "kg", "l", "ml", "tablets", "count")
WEIGHTS: Final = ("base", "salt", "not-stated")
WHOLE_UNITS: Final = ("tablets", "count")
MASS_UNITS: Final = ("g", "kg")
INTEGER_DIGITS_MAX: Final = 12
FRACTION_DIGITS_MAX: Final = 6
REPORTED_DIGITS: Final = 9

_AMOUNT: Final = re.compile(r"(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,6}))?", re.ASCII)
_REPORTED: Final = re.compile(r"[0-9]{1,40}(\.[0-9]{0,40})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_EXACT: Final = Context(prec=200, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Quantity:
    """How much. `weight` says whether a salt is weighed as the salt or as the base in it.

    Raises `Malformed` for an amount not in its one spelling, an unknown unit or weight, a
    fraction of a tablet, and a base or salt of what is not weighed.
    """

    amount: str
    unit: Unit
    weight: Weight = "not-stated"

    def __post_init__(self) -> None:
        check_amount(self.amount)
        if self.unit not in UNITS:
            raise Malformed(f"unit: expected one of {', '.join(UNITS)}, got {self.unit!r:.80}")
        if self.weight not in WEIGHTS:
            raise Malformed(f"weight: expected one of {', '.join(WEIGHTS)}, got {self.weight!r:.80}")
        if self.unit in WHOLE_UNITS and "." in self.amount:
            raise Malformed(f"amount: expected a whole number of {self.unit}, got {self.amount}")
        if self.weight != "not-stated" and self.unit not in MASS_UNITS:
            raise Malformed(
                f"weight: expected not-stated for {self.unit}, got {self.weight}; only g and kg are weights"
            )

    @property
    def is_zero(self) -> bool:
        return self.amount == "0"


def parse_amount(text: str) -> str:
    """Return an amount in its one spelling: `1250.50` is read as `1250.5`, `3.0` as `3`.

    Digits, and a point with one to six more; at most twelve before the point. No sign, no
    exponent, no leading zero but that of `0.5`, no spaces and no thousands separators: what
    a comma means depends on the country.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise Malformed(
            f"amount: expected at most {INTEGER_DIGITS_MAX} digits, a point and at most "
            f"{FRACTION_DIGITS_MAX} more, as 1250.5, got {text!r:.80}"
        )
    fraction = (match[2] or "").rstrip("0")
    return f"{match[1]}.{fraction}" if fraction else match[1]


def check_amount(text: str) -> None:
    """Raise `Malformed` unless `text` is an amount in its one spelling (`parse_amount`)."""
    spelt = parse_amount(text)
    if spelt != text:
        raise Malformed(f"amount: expected {spelt}, got {text!r:.80}")


def from_reported(text: str) -> str:
    """Return the amount that another system meant when it printed `text`, in its one spelling.

    `0.07200000000000001` is what a program prints for 0.072. The rule: keep nine significant
    digits, and at most six after the point; keep every digit before the point; halves go to
    the even digit. Exponents are read. Raises `Malformed` for a sign, for what is not a
    number, for more than twelve digits before the point, and for an amount above zero that
    would become zero.
    """
    if not _REPORTED.fullmatch(text):
        raise Malformed(
            f"reported amount: expected a number as 413367.0, without sign or separators, got {text!r:.80}"
        )
    number = Decimal(text)
    places = min(FRACTION_DIGITS_MAX, max(0, REPORTED_DIGITS - 1 - number.adjusted())) if number else 0
    rounded = _EXACT.quantize(number, Decimal(1).scaleb(-places))
    if number and not rounded:
        raise Malformed(
            f"reported amount: expected at least {Decimal(1).scaleb(-places):f}, or 0, got {text!r:.80}"
        )
    return parse_amount(f"{rounded:f}")


def to_base_weight(quantity: Quantity, base_fraction: str) -> Quantity:
    """Return a weight of salt as the weight of the base in it.

    `base_fraction` is a decimal string above 0 and at most 1 (`control.base_fraction`). The
    result keeps six digits after the point, halves to the even digit. A base weight is
    returned as it is. Raises `Malformed` where the quantity does not say which it is, and for
    a weight that would become zero.
    """
    fraction = Decimal(parse_amount(base_fraction))
    if not 0 < fraction <= 1:
        raise Malformed(f"base fraction: expected above 0 and at most 1, got {base_fraction!r:.80}")
    if quantity.weight == "base":
        return quantity
    if quantity.weight != "salt":
        raise Malformed(
            f"quantity: expected a weight of salt, got {quantity.amount} {quantity.unit} "
            f"({quantity.weight}); ask whether it is salt or base"
        )
    with localcontext(_EXACT):
        product = (Decimal(quantity.amount) * fraction).quantize(Decimal(1).scaleb(-FRACTION_DIGITS_MAX))
    if not product and not quantity.is_zero:
        raise Malformed(f"quantity: expected a base weight of at least 0.000001 {quantity.unit}, got less")
    return Quantity(parse_amount(f"{product:f}"), quantity.unit, "base")
