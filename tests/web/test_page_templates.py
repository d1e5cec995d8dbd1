"""The templates and words of the pages: no script, no style, no word that is not in the table."""

import re
from pathlib import Path
from string import Formatter

import pytest

import comity.web
from comity.tracks.registry import shipped
from comity.web.words import ANNEX, RELATIONS, WORDS

WEB = Path(comity.web.__file__).parent
TEMPLATES = sorted((WEB / "templates").glob("*.html"))
SHEET = (WEB / "style" / "comity.css").read_text()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_script_no_style_and_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text()

    assert not re.search(r"<script|<style|<iframe|<object|<embed|<base|<meta http-equiv", text, re.IGNORECASE)
    assert not re.search(r"""\s(on[a-z]+|style|srcdoc)\s*=""", text, re.IGNORECASE)
    assert not re.search(r"javascript:|data:|https?:|//[a-z]", text, re.IGNORECASE)
    assert not re.search(r"\|\s*safe|autoescape|mark_safe|\{%\s*load", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_word_of_its_own(path: Path) -> None:
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", path.read_text(), flags=re.DOTALL)
    text = re.sub(r"comity procedures list|Comity", "", text)

    assert not re.findall(r"[A-Za-z]{2,}", text)


def test_every_word_that_a_template_asks_for_is_in_the_table() -> None:
    asked = {key for path in TEMPLATES for key in re.findall(r'\{% w "([^"]+)"', path.read_text())}
    assert asked
    assert asked <= set(WORDS)


def test_every_word_of_the_table_is_used() -> None:
    sources = "".join(path.read_text() for path in [*WEB.glob("*.py"), *TEMPLATES] if path.name != "words.py")
    built = {f"onward-{one}" for one in ("originator", "never")} | {"working-days", "calendar-days"}
    unused = [key for key in WORDS if not re.search(f"[\"']{key}[\"']", sources) and key not in built]

    assert unused == []


@pytest.mark.parametrize("table", [WORDS, ANNEX, RELATIONS])
def test_both_languages_have_the_same_blanks_and_hindi_is_hindi(table: dict) -> None:
    for key, name in table.items():
        blanks = [{part[1] for part in Formatter().parse(text) if part[1]} for text in (name.en, name.hi)]
        assert blanks[0] == blanks[1], key
        bare = re.sub(r"\{[^}]*\}", "", name.hi)
        assert re.search(r"[ऀ-ॿ]", bare) or not re.search(r"[A-Za-z]", bare.replace("TLP", "")), key


def test_every_counting_and_onward_rule_has_words() -> None:
    assert {"working-days", "calendar-days", "onward-originator", "onward-never"} <= set(WORDS)
    assert shipped().listed


def test_the_style_sheet_fetches_only_our_own_font_and_gives_hindi_its_room() -> None:
    assert re.findall(r"url\(([^)]*)\)", SHEET) == ['"comity.woff2"']
    assert "@import" not in SHEET
    assert re.search(r":lang\(hi\) \{ line-height: 1\.5; \}", SHEET)
    assert "Devanagari" in SHEET
    assert ":focus-visible" in SHEET


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_colours_have_the_contrast_that_wcag_asks_for() -> None:
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", SHEET))
    for ground in (colours["ground"], colours["band"]):
        for text in ("ink", "quiet", "link", "good", "warn", "bad", "deep"):
            assert contrast(colours[text], ground) >= 4.5, (text, ground)
        for edge in ("focus", "quiet"):
            assert contrast(colours[edge], ground) >= 3, (edge, ground)
    assert contrast("#ffffff", colours["deep"]) >= 7
    assert contrast("#1b1f24", "#ffd84d") >= 7
