"""The codes: every one is given somewhere, every one given is listed, and both languages say it."""

import re
import string
from pathlib import Path

import pytest

from comity.core.codes import CODES, Code

ROOT = Path(__file__).parents[2]
GIVEN = re.compile(r'\b(refused|not_yet)\(\s*"([a-z-]+)"')


def fields_of(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def given_in_source() -> set[tuple[str, bool]]:
    texts = [path.read_text() for path in (ROOT / "src" / "comity").rglob("*.py")]
    return {(code, kind == "refused") for text in texts for kind, code in GIVEN.findall(text)}


def test_what_is_listed_is_what_is_given_and_as_final_as_it_is_listed() -> None:
    assert given_in_source() == {(code.code, code.final) for code in CODES.values()}


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.code)
def test_a_code_is_said_alike_in_both_languages(code: Code) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code.code)
    assert fields_of(code.en) == fields_of(code.hi)
    assert code.en.endswith(".")
    assert code.hi.endswith("।")
    assert re.search(r"[\u0900-\u097f]", code.hi)


@pytest.mark.parametrize("language", ["en", "hi"])
def test_a_sentence_is_filled_with_its_detail_and_with_a_dash_where_there_is_none(language: str) -> None:
    code = CODES["out-of-turn"]
    whole = code.sentence({"state": "agreed", "party": "IN", "says": "withdraw", "more": "x"}, language)

    assert all(word in whole for word in ("agreed", "IN", "withdraw"))
    assert "x" not in whole
    assert code.sentence({}, language).count("—") == 3


def test_a_detail_is_put_in_as_it_is_and_never_read_as_a_sentence() -> None:
    filled = CODES["full"].sentence({"what": "{limit} {0.__class__}"})

    assert filled == "This node has no room now: {limit} {0.__class__}."


def test_the_page_lists_every_code_with_its_sentences() -> None:
    page = (ROOT / "docs" / "spec" / "verdicts.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \| (refused|not yet) \| (.+) \| (.+) \|$", page, re.MULTILINE)

    assert rows == [
        (code.code, "refused" if code.final else "not yet", code.en, code.hi) for code in CODES.values()
    ]
