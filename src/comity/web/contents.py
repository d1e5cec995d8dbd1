"""A body as people read it: its fields in the order of its model, with labels and units.

A content may be the peer's, and one that was refused may be anything that parses: so
nothing is taken for granted here, and everything that is shown is escaped by the template.

Deliberately not here: opening bodies, and what a field means (each track's words).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from comity.core.canonical import JsonObject
from comity.core.errors import Malformed
from comity.core.keys import Name
from comity.core.marking import parse_day
from comity.core.turn import CASE
from comity.tracks.counternarcotics import consignment
from comity.tracks.registry import Registry
from comity.tracks.words import Words
from comity.web import annex
from comity.web.moments import Moments
from comity.web.shown import Shown
from comity.web.words import LANGUAGES, word

_DAY_ENDINGS: Final = ("_on", "_by", "valid_until")
_PORT_FIELDS: Final = ("point_of_entry", "transit")
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_QUANTITY: Final = frozenset({"amount", "unit", "weight"})
_VALUE: Final = frozenset({"amount", "currency"})


@dataclass(frozen=True, slots=True)
class Reader:
    """Tells contents to one reader."""

    words: Words | None
    body_type: str
    moments: Moments
    registry: Registry

    @property
    def language(self) -> str:
        return self.moments.language

    def fields(self, content: JsonObject) -> tuple[Shown, ...]:
        """Return the fields of a content that say something, in the order in which labels are given."""
        order = list(self._labels())
        names = sorted(content, key=lambda name: (order.index(name) if name in order else len(order), name))
        return tuple(self._fields(content, "", names))

    def _fields(self, value: JsonObject, prefix: str, names: list[str]) -> Iterator[Shown]:
        for name in names:
            if value[name] is not None and value[name] != []:
                yield self._shown(self._label(f"{prefix}{name}", name), value[name], f"{prefix}{name}")

    def _shown(self, label: str, value: object, path: str) -> Shown:
        if isinstance(value, dict):
            terms = annex.shown(label, value, self.registry, self.moments) if path == "annex" else None
            return terms or self._record(label, value, path)
        if isinstance(value, list):
            inner = path + "[]"
            return Shown(label, "items", parts=tuple(self._shown("", item, inner) for item in value))
        return self._single(label, value, path)

    def _record(self, label: str, value: JsonObject, path: str) -> Shown:
        keys = set(value)
        if keys == set(LANGUAGES):
            order = sorted(LANGUAGES, key=lambda language: language != self.language)
            return Shown(label, "both", both=tuple((language, str(value[language])) for language in order))
        if keys in (_QUANTITY, _VALUE):
            return Shown(label, "text", text=self._quantity(value, path))
        order_of = [one.removeprefix(f"{path}.") for one in self._labels() if one.startswith(f"{path}.")]
        place = {name: index for index, name in enumerate(order_of)}
        names = sorted(value, key=lambda name: (place.get(name, len(place)), name))
        return Shown(label, "fields", parts=tuple(self._fields(value, f"{path}.", names)))

    def _quantity(self, value: JsonObject, path: str) -> str:
        amount = str(value["amount"])
        if "currency" in value:
            return f"{amount} {value['currency']}"
        unit = self._choice(f"{path}.unit", str(value["unit"]))
        if value["weight"] == "not-stated":
            return f"{amount} {unit}"
        of = self._choice(f"{path}.weight", str(value["weight"]))
        return f"{amount} {unit} ({word('weight-of', self.language, what=of)})"

    def _single(self, label: str, value: object, path: str) -> Shown:
        name = path.rpartition(".")[2].removesuffix("[]")
        if isinstance(value, bool):
            return Shown(label, "text", text=word("yes" if value else "no", self.language))
        text = str(value)
        day = _day(text) if name.endswith(_DAY_ENDINGS) else None
        if day is not None:
            return Shown(label, "day", moment=self.moments.day(day))
        if CASE.fullmatch(text):
            return Shown(label, "case", text=text)
        if _HASH.fullmatch(text):
            return Shown(label, "code", text=text)
        if name == "country" and text in consignment.COUNTRIES:
            return Shown(label, "text", text=f"{consignment.COUNTRIES[text]} ({text})")
        if name in _PORT_FIELDS:
            return Shown(label, "text", text=_port(text))
        return Shown(label, "text", text=self._choice(path, text))

    def _label(self, path: str, name: str) -> str:
        found = self._labels().get(path)
        return found.in_language(self.language) if found else name

    def _labels(self) -> Mapping[str, Name]:
        return self.words.fields.get(self.body_type, {}) if self.words else {}

    def _choice(self, path: str, value: str) -> str:
        choices = self.words.choices.get(self.body_type, {}) if self.words else {}
        found = choices.get(path, {}).get(value)
        return found.in_language(self.language) if found else value


def _day(text: str) -> date | None:
    try:
        return parse_day(text, "day")
    except Malformed:
        return None


def _port(code: str) -> str:
    port = consignment.PORTS.get(code)
    return f"{port.name} ({code})" if port else code
