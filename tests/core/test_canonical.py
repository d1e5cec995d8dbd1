"""The restricted JSON against RFC 8785's own implementation, and against all that is outside it.

What is refused, and the reason given, stands in `docs/spec/vectors/canonical-json.json` and
is tried by `test_vectors`; here are the laws.
"""

import json
import math
import unicodedata
from collections import OrderedDict
from enum import StrEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import assume, given
from hypothesis import strategies as st

from comity.core import canonical
from comity.core.canonical import (
    DEPTH_MAX,
    INTEGER_MAX,
    KEY_CHARACTERS_MAX,
    SIZE_BYTES_MAX,
    STRING_CHARACTERS_MAX,
)
from comity.core.characters import FORBIDDEN
from comity.core.errors import Malformed

PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
KEYS = st.text(PRINTABLE, min_size=1, max_size=8)
TEXTS = (
    st.text(max_size=12)
    .map(lambda text: unicodedata.normalize("NFC", FORBIDDEN.sub("", text)))
    .filter(lambda text: not FORBIDDEN.search(text))
)
LEAVES = st.none() | st.booleans() | st.integers(-INTEGER_MAX, INTEGER_MAX) | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=5)


@given(OBJECTS)
def test_what_is_written_is_what_rfc_8785_writes(value: dict[str, Any]) -> None:
    assert canonical.encode(value) == rfc8785.dumps(value)


@given(OBJECTS)
def test_reading_undoes_writing(value: dict[str, Any]) -> None:
    assert canonical.parse(canonical.encode(value)) == value


@given(OBJECTS)
def test_the_order_in_which_an_object_was_filled_does_not_matter(value: dict[str, Any]) -> None:
    assert canonical.encode(dict(reversed(list(value.items())))) == canonical.encode(value)


@given(OBJECTS, st.sampled_from([{"indent": 1}, {"separators": (", ", ":")}, {"separators": (",", ": ")}]))
def test_no_other_spelling_of_the_same_value_is_read(value: dict[str, Any], other: dict[str, Any]) -> None:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, **other).encode()
    assume(text != canonical.encode(value))

    with pytest.raises(Malformed, match="one spelling"):
        canonical.parse(text)


@given(OBJECTS, KEYS, st.floats())
def test_a_float_has_no_spelling_anywhere(value: dict[str, Any], key: str, number: float) -> None:
    for place in ({**value, key: number}, {**value, key: [number]}, {**value, key: {"of": number}}):
        with pytest.raises(Malformed, match="decimal string"):
            canonical.encode(place)
        # RFC 8785 writes a whole number without its fraction: that is an integer, and has a spelling.
        if math.isfinite(number) and not number.is_integer():
            with pytest.raises(Malformed):
                canonical.parse(rfc8785.dumps(place))


@given(st.integers().filter(lambda number: abs(number) > INTEGER_MAX))
def test_an_integer_that_javascript_would_round_has_no_spelling(number: int) -> None:
    with pytest.raises(Malformed, match="2\\*\\*53"):
        canonical.encode({"n": number})
    with pytest.raises(Malformed):
        canonical.parse(b'{"n":%d}' % number)


@given(st.text(min_size=1))
def test_a_text_is_spelled_if_and_only_if_its_characters_may_stand(text: str) -> None:
    try:
        canonical.encode({"text": text})
    except Malformed:
        may_stand = False
    else:
        may_stand = True

    assert may_stand == (not FORBIDDEN.search(text) and unicodedata.normalize("NFC", text) == text)


class Word(StrEnum):
    SAID = "said"


@pytest.mark.parametrize(
    "value",
    [
        {1: "one"},
        {None: 1},
        {10**5000: 1},
        {"n": 10**5000},
        {"bytes": b"bytes"},
        {"set": {1}},
        {"word": Word.SAID},
        {"lone": "\ud800"},
        {"\ud800": 1},
        {"e\u0301": 1},
        {"object": object()},
        OrderedDict(a=1),
        object(),
    ],
    ids=lambda value: ascii(type(value)),
)
def test_what_is_no_json_is_refused_in_words_that_can_be_signed(value: object) -> None:
    with pytest.raises(Malformed) as error:
        canonical.encode(value)

    assert canonical.encode({"what": str(error.value)})


def test_a_value_that_holds_itself_is_refused() -> None:
    value: dict[str, Any] = {}
    value["self"] = value

    with pytest.raises(Malformed, match="nested deeper"):
        canonical.encode(value)


def test_every_limit_is_reached_and_not_passed() -> None:
    def nested(levels: int) -> dict[str, Any]:
        inner: Any = 1
        for _ in range(levels - 1):
            inner = [inner]
        return {"a": inner}

    at_the_limit: list[dict[str, Any]] = [
        {"k" * KEY_CHARACTERS_MAX: 1},
        {"t": "ह" * STRING_CHARACTERS_MAX},
        nested(DEPTH_MAX),
        {"l": ["x" * 60_000] * 17, "m": "x" * (SIZE_BYTES_MAX - 17 * 60_003 - 14)},
    ]
    assert len(canonical.encode(at_the_limit[-1])) == SIZE_BYTES_MAX
    for value in at_the_limit:
        assert canonical.parse(canonical.encode(value)) == value
    for value in (
        {"k" * (KEY_CHARACTERS_MAX + 1): 1},
        {"t": "x" * (STRING_CHARACTERS_MAX + 1)},
        nested(DEPTH_MAX + 1),
        {**at_the_limit[-1], "n": 1},
    ):
        with pytest.raises(Malformed):
            canonical.encode(value)
        with pytest.raises(Malformed):
            canonical.parse(rfc8785.dumps(value))


def test_a_tuple_is_written_as_the_list_that_is_read() -> None:
    assert canonical.encode({"a": (1, (2,))}) == b'{"a":[1,[2]]}'
