"""The documents say what the code says: links, commands, settings, codes, decisions, words.

Deliberately not here: running the guides (`test_console`), pages drawn from tables
(`tracks/test_registry`), and vectors (`core/test_vectors`).
"""

import dataclasses
import gzip
import importlib.util
import re
import tomllib
from collections import Counter
from datetime import date
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from comity.cli.main import EXIT_CODES, INTERRUPTED
from comity.node.node import Settings
from comity.tracks.counternarcotics import exercise

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
BY_HAND = [page for page in PAGES if page.parent != DOCS / "tracks"]
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))

PHRASES = (
    "the Dialogue itself",
    "its readouts",
    "its commitments",
    "the Counternarcotics Working Group",
    "drug regulatory issues",
    "law enforcement cooperation",
    "coordination in multilateral fora",
    "drug demand reduction",
    "diversion of precursor chemicals",
    "diversion of pharmaceuticals",
    "customs to customs",
    "terrorism",
    "cybercrime",
    "lawful pathways",
    "returns",
    "smugglers who prey on vulnerable migrants",
    "the Memorandum of Cooperation",
    "police training by best practices and joint programming",
)
"""What the Dialogue of February 2024 names."""

PLAIN = {"canonical", "characters", "codes", "errors", "fields", "joint", "proof"}
"""Modules of the core that are tools of the format and no lawyer's word."""


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(text: str) -> str:
    """The text without code: neither blocks nor words between backquotes."""
    without_blocks = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    without_indented = re.sub(r"^ {4}.*$", "", without_blocks, flags=re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "", without_indented)


def rows(text: str) -> list[list[str]]:
    """The cells of every row of every table, without the rules under the headings."""
    lines = (line for line in text.splitlines() if line.startswith("|") and not line.startswith("| ---"))
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def anchors(text: str) -> set[str]:
    """The anchors that headings get, as the places that show Markdown make them."""
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def script(name: str) -> ModuleType:
    loader = SourceFileLoader(name.replace("-", "_"), str(ROOT / "scripts" / name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", read(page)):
        if target.startswith(("https://", "http://")):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), f"{page.name}: {target}"
        assert there.is_relative_to(ROOT), f"{page.name}: {target} leads out of the repository"
        if anchor:
            assert anchor in anchors(read(there)), f"{page.name}: no heading for {target}"


@pytest.mark.parametrize("page", BY_HAND, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_date_is_written_in_digits_alone(page: Path) -> None:
    found = re.findall(r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b", prose(read(page)))

    assert found == [], "write the month as a word: the two governments read digits differently"


def test_every_page_can_be_reached_from_the_index() -> None:
    reached, todo = set[Path](), [DOCS / "index.md"]
    while todo:
        page = todo.pop()
        reached.add(page)
        targets = re.findall(r"\]\(([^)#\s]+\.md)", read(page))
        todo += [there for name in targets if (there := (page.parent / name).resolve()) not in reached]

    assert sorted(set(PAGES) - reached - {ROOT / "README.md"}) == []


# ------------------------------------------------------------------------- commands and settings


def test_the_page_of_commands_is_what_the_command_line_has() -> None:
    assert read(DOCS / "operate" / "commands.md") == script("make-docs").commands(), "run scripts/make-docs"


def test_every_setting_is_listed_with_its_type_and_default() -> None:
    listed = {cells[0].strip("`"): cells[1:3] for cells in rows(read(DOCS / "operate" / "settings.md"))}

    for setting in dataclasses.fields(Settings):
        default = "—" if setting.default is dataclasses.MISSING else str(setting.default)
        kind = setting.type if isinstance(setting.type, str) else setting.type.__name__
        assert listed.pop(setting.name) == [kind, default], setting.name
    assert {name for name in listed if name.islower()} == {"setting", "variable"}, "a setting that is no more"


def test_every_variable_of_the_environment_is_listed() -> None:
    readers = [
        *(ROOT / "src").rglob("*.py"),
        *(ROOT / "tests").rglob("conftest.py"),
        ROOT / "scripts" / "setup",
    ]
    used = {name for file in readers for name in re.findall(r"\bCOMITY_[A-Z_]+\b", read(file))}
    listed = set(
        re.findall(r"^\| `(COMITY_[A-Z_]+)` \|", read(DOCS / "operate" / "settings.md"), re.MULTILINE)
    )

    assert used == listed


def test_every_exit_code_is_listed_with_what_leads_to_it() -> None:
    cells = rows(read(DOCS / "operate" / "exit-codes.md"))
    by_error = {first.strip("`"): int(second) for first, second, *_ in cells if first.startswith("`")}
    statuses = {int(first) for first, *_ in cells if first.isdigit()}

    assert by_error == EXIT_CODES
    assert statuses == {0, 1, 2, INTERRUPTED, *EXIT_CODES.values()}


def test_every_error_of_the_command_line_that_is_listed_exists() -> None:
    source = "\n".join(read(file) for file in (ROOT / "src").rglob("*.py"))

    for code in EXIT_CODES:
        assert re.search(rf'code(: \w+)? = "{code}"', source), f"no error has the code {code}"


# ------------------------------------------------------------------------------ the house's pages


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_its_number_and_its_four_parts(page: Path) -> None:
    text = read(page)
    headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    parts = [name for name in headings if not name.startswith("Options")]

    assert text.startswith(f"# {int(page.name[:4])}. ")
    assert parts == ["Context", "Decision", "Consequences"]
    assert any(name.startswith("Options") for name in headings)
    assert text.count("Good: ") >= 2, "every option has its good and its bad"
    assert text.count("Bad: ") >= 2, "every option has its good and its bad"


def test_every_decision_is_in_the_index_and_in_the_architecture() -> None:
    index, architecture = read(DOCS / "index.md"), read(ROOT / "ARCHITECTURE.md")

    for page in DECISIONS:
        assert f"(decisions/{page.name})" in index
        assert f"(docs/decisions/{page.name})" in architecture


def test_the_architecture_is_three_pages_with_every_module_of_the_core_on_its_map() -> None:
    text = read(ROOT / "ARCHITECTURE.md")

    assert len(text.splitlines()) <= 150
    for module in (ROOT / "src" / "comity" / "core").glob("[a-z]*.py"):
        assert module.name in text, f"{module.name} is not on the map"
    folders = {path.parent.name for path in (ROOT / "src" / "comity").glob("[nt]*/*/__init__.py")} - {
        "migrations"
    }
    for name in folders:
        assert f"{name}/" in text, f"{name} is not on the map"


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(read(ROOT / "pyproject.toml"))
    groups = project["dependency-groups"]
    named = [*project["project"]["dependencies"], *groups["build"], *groups["dev"]]
    reasons = read(ROOT / "ARCHITECTURE.md").partition("## Dependencies")[2].lower().replace("_", "-")

    for requirement in named:
        name = re.split(r"[<>=!;\[ ]", requirement)[0].lower().replace("_", "-")
        assert name in reasons, f"{name} has no reason in ARCHITECTURE.md"


def test_every_phrase_of_the_dialogue_has_a_row_that_says_where_or_not_yet() -> None:
    table = {cells[0].lstrip("· "): cells[1] for cells in rows(read(ROOT / "README.md"))}

    assert tuple(name for name in table if name != "phrase of the Dialogue") == PHRASES
    for phrase in PHRASES:
        assert "](docs/" in table[phrase] or "*not built yet*" in table[phrase], phrase


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.MULTILINE))

    for page in BY_HAND:
        for name in re.findall(r"(?:`|^ {4})make ([a-z-]+)", read(page), re.MULTILINE):
            assert name in targets, f"{page.name} names make {name}"


def test_the_page_on_real_exports_counts_what_the_file_gives(shared: Path) -> None:
    name = "comtrade_india_exports_world_2018_hs.csv.gz"
    with gzip.open(shared / "data" / "customs" / "trade" / name, "rt", encoding="utf-8") as lines:
        played = list(exercise.play(lines, name, date(2018, 12, 31)))
    refused = {one.refusal.row.subheading: one.refusal.reason for one in played if one.refusal}
    answered = Counter(one.reply.says for one in played if one.reply)

    cells = rows(read(DOCS / "guide" / "real-trade.md"))
    counts = {row[0]: row[1] for row in cells if row[-1].isdigit()}
    assert counts == {
        "name a controlled substance": str(len(played)),
        "notified": str(len(played) - len(refused)),
        "refused": str(len(refused)),
        **{says: str(number) for says, number in answered.items()},
    }
    assert {row[0]: row[1] for row in cells if row[0].isdigit()} == refused


# -------------------------------------------------------------------------------------- glossary


def glossary() -> dict[str, list[str]]:
    found = rows(read(DOCS / "glossary.md"))
    return {word.strip(): cells[1:] for cells in found for word in cells[0].split(",")}


def test_a_word_of_the_glossary_has_a_hindi_term_and_one_meaning() -> None:
    for word, cells in glossary().items():
        if word != "word":
            assert re.search(r"[\u0900-\u097f]", cells[0]), f"{word} has no Hindi term"
            assert len(cells) == 2, f"{word}: expected a term and a meaning"


def test_the_words_of_the_architecture_and_of_the_core_are_in_the_glossary() -> None:
    words = set(glossary())
    problem = read(ROOT / "ARCHITECTURE.md").partition("## The problem")[2].partition("\n## ")[0]
    bold = {word.removesuffix("s") for word in re.findall(r"\*\*([\w ]+)\*\*", problem)}
    modules = {path.stem for path in (ROOT / "src" / "comity" / "core").glob("[a-z]*.py")} - PLAIN

    assert bold - words == set()
    assert {name for name in modules if not any(name.rstrip("s") in word for word in words)} == set()
