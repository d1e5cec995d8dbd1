"""Bodies to fill in, instrument drafts, and how the command line ends.

Commands run in a process of their own, as people run them. Deliberately not here: the whole
way of a case by hand (`test_console`).
"""

import json
import subprocess
import sys

import pytest

from comity.cli import forms
from comity.core.body import Content
from comity.core.errors import Malformed
from comity.core.instrument import parse_annex
from comity.tracks.registry import shipped

BODY_TYPES = sorted({name for one in shipped().listed for name in one.bodies})


def comity(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "comity.cli.main", *words], capture_output=True, text=True, check=False
    )


def required(model: type[Content]) -> bool:
    return any(info.is_required() for info in model.model_fields.values())


@pytest.mark.parametrize("body_type", BODY_TYPES)
def test_a_form_has_every_field_of_its_body(body_type: str) -> None:
    blank, model = forms.form(shipped(), body_type), shipped().content_model(body_type)

    assert model is not None
    assert isinstance(blank, dict)
    assert list(blank) == list(model.model_fields)


@pytest.mark.parametrize("body_type", BODY_TYPES)
def test_a_form_in_which_nothing_was_filled_in_is_refused_where_something_must_be(body_type: str) -> None:
    blank, model = forms.form(shipped(), body_type), shipped().content_model(body_type)
    digest = shipped().schema_hash(body_type)
    assert model is not None
    assert isinstance(blank, dict)
    assert digest is not None

    if not required(model):
        blank = {name: value for name, value in blank.items() if not isinstance(value, dict)}
        shipped().parse_content(body_type, digest, blank)
        return
    with pytest.raises(Malformed, match=body_type):
        shipped().parse_content(body_type, digest, blank)


def test_a_body_that_is_not_known_is_answered_with_those_that_are() -> None:
    ended = comity("procedures", "body", "clearence/1")

    assert ended.returncode == 2
    assert "clearance/1" in ended.stderr


def test_a_draft_parses_as_an_instrument_and_says_what_nobody_has_verified() -> None:
    ended = comity("instrument", "draft", "--from", "2026-11-24", "--until", "2027-11-23")
    draft = json.loads(ended.stdout)

    digest = shipped().schema_hash("instrument-text/1")
    assert digest is not None
    shipped().parse_content("instrument-text/1", digest, draft)
    annex = parse_annex(draft["annex"])
    assert (annex.in_force_from.isoformat(), annex.until and annex.until.isoformat()) == (
        "2026-11-24",
        "2027-11-23",
    )
    assert "Exercise" in draft["title"]["en"]
    assert ended.stderr.count("unverified, for a lawyer to settle") == 2


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ((), 2, "Usage"),
        (("sey",), 2, "No such command"),
        (("verify", "nowhere.evidence"), 2, "no such file"),
        (("instrument", "draft", "--from", "24 November"), 2, "expected a day"),
        (("status", "--dir", "nowhere"), 6, "holds no node"),
        (("--version",), 0, "comity "),
    ],
)
def test_a_command_ends_with_the_code_that_the_documents_name(
    words: tuple[str, ...], status: int, told: str
) -> None:
    ended = comity(*words)

    assert ended.returncode == status
    assert told in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_command_line_imports_nothing_that_only_the_tests_install() -> None:
    """The demonstration is installed without the tests' packages; click is one of them."""
    words = "import sys; sys.modules['click'] = None; from comity.cli.main import app_main; app_main()"

    ended = subprocess.run(
        [sys.executable, "-c", words, "--version"], capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stderr) == (0, "")
