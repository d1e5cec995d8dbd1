"""India's real exports of 2018 as an exercise, between two nodes in one process."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from comity.cli import exercising, opening, stories
from comity.core.evidence import verify
from comity.node import people
from comity.node.disclosure.export import export
from comity.node.models import Docket
from comity.node.node import Node
from comity.tracks.dialogue.annexes import PRE_EXPORT

if TYPE_CHECKING:
    from tests.node.conftest import Pair, Stage

START = datetime(2026, 11, 23, tzinfo=UTC)
EXPORTS = "customs/trade/comtrade_india_exports_world_2018_hs.csv.gz"


@pytest.fixture
def in_force(stage: "Stage", monkeypatch: pytest.MonkeyPatch) -> "Pair":
    pair = stage.pair
    stories.memorandum(stage, stories.session(stage).case)
    for node, office in ((pair.one, "IN/CBN"), (pair.two, "US/DEA")):
        for _ in range(2):
            people.appoint(node, "Exercise", (office,), "officer", START.date())
    nodes = {str(node.path): node for node in (pair.one, pair.two)}
    monkeypatch.setattr(opening, "node", lambda directory, _file: nodes[str(directory)])
    return pair


def _hands(node: Node, office: str) -> list[str]:
    one, other = [str(officer.number) for officer in people.holders(node, office, START.date())][-2:]
    return ["--as", one, "--released-by", other, "--dir", str(node.path)]


def _run(*words: str) -> dict[str, Any]:
    ran = CliRunner().invoke(exercising.app, [*words, "--json"])
    assert ran.exception is None, ran.output
    return json.loads(ran.stdout)


def test_the_real_exports_of_2018_are_notified_received_and_answered(in_force: "Pair", shared: Path) -> None:
    pair = in_force
    notified = _run("notify", str(shared / "data" / EXPORTS), *_hands(pair.one, "IN/CBN"))
    pair.deliver()
    answered = _run("answer", *_hands(pair.two, "US/DEA"))
    pair.deliver()

    assert notified["rows"] == 31
    assert notified["notified"] == 27
    assert {r["subheading"]: r["reason"] for r in notified["refused"]} == {
        "292640": "absurd-price",
        "293292": "no-weight",
        "293294": "no-weight",
        "293961": "no-weight",
    }
    assert answered["answered"] == {"clear-with-conditions": 26, "clear": 1}
    for node in (pair.one, pair.two):
        rows = Docket.objects.using(node.alias).filter(procedure=PRE_EXPORT)
        assert Counter(rows.values_list("state", flat=True)) == {"cleared-with-conditions": 26, "cleared": 1}
        assert not rows.filter(exercise=False).exists()
    row = Docket.objects.using(pair.two.alias).filter(state="cleared").get()
    report = verify(export(pair.two, pair.id, row.case, 4))
    assert report.faults == []
    assert report.exercise


def test_a_file_that_is_not_there_is_named(in_force: "Pair", tmp_path: Path) -> None:
    ran = CliRunner().invoke(
        exercising.app,
        ["notify", str(tmp_path / "none.csv"), *_hands(in_force.one, "IN/CBN")],
    )
    assert "no such file" in str(ran.exception)
