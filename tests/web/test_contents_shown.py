"""A body on a page: whatever parses can be shown, and what is shown is escaped."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from comity.site.wsgi import set_up

set_up()

from django.template.loader import render_to_string  # noqa: E402  # Django first

from comity.tracks.registry import shipped  # noqa: E402
from comity.web.contents import Reader  # noqa: E402
from comity.web.moments import Moments  # noqa: E402

NOTIFICATION = "pre-export-notification/1"
WORDS = shipped().current("counternarcotics.pre-export-notification").words
KEYS = st.sampled_from(
    "amount unit weight currency en hi annex substances exporter country dispatch_on transit name <b>".split()
)
LEAVES = (
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["<script>", "2026-13-40", "IN", "a&b"])
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)


def shown(content: dict[str, Any], language: str = "en") -> str:
    reader = Reader(WORDS, NOTIFICATION, Moments(language, ("IN", "US")), shipped())
    return render_to_string("content.html", {"fields": reader.fields(content), "language": language})


def words(content: dict[str, Any], language: str = "en") -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", shown(content, language)).split())


@given(st.dictionaries(KEYS, JSON, max_size=4), st.sampled_from(["en", "hi"]))
def test_whatever_a_refused_body_holds_is_shown_and_escaped(content: dict[str, Any], language: str) -> None:
    page = shown(content, language)
    assert set(re.findall(r"</?([a-z0-9]+)", page)) <= {
        "div",
        "dt",
        "dd",
        "dl",
        "ul",
        "li",
        "p",
        "span",
        "time",
        "a",
    }


def test_a_weight_says_what_of() -> None:
    quantity = {"amount": "1250.5", "unit": "kg", "weight": "base"}
    content = {
        "substances": [
            {"name": "Ephedrine", "quantity": quantity, "value": {"amount": "9", "currency": "USD"}}
        ]
    }

    assert "Quantity 1250.5 kilograms (weight of the base)" in words(content)
    assert "Value as reported 9 USD" in words(content)
    assert "1250.5 किलोग्राम (भार: क्षारक)" in words(content, "hi")


def test_days_are_written_with_the_month_in_words_and_unknown_ports_by_their_code() -> None:
    content = {"dispatch_on": "2026-12-01", "transit": ["SGSIN", "INXYZ"], "notes": "2026-12-01"}

    assert "Expected day of dispatch 1 December 2026" in words(content)
    assert "INXYZ" in words(content)
    assert "Notes 2026-12-01" in words(content)


def test_what_is_empty_is_left_out_and_fields_come_in_the_order_of_their_labels() -> None:
    content: dict[str, Any] = {
        "end_use": "medicine",
        "notes": None,
        "containers": [],
        "legal_basis": "voluntary",
    }
    assert words(content) == "Legal basis voluntary End use medicine"
