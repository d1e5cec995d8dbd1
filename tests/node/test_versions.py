"""A new version of a table and of a body: old cases end as they began, new ones need both nodes."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from comity.cli import stories
from comity.core import body as bodies
from comity.core.canonical import JsonObject
from comity.core.case import Said
from comity.core.errors import Malformed
from comity.core.evidence import verify
from comity.core.procedure import canonical_json, parse_procedure
from comity.node import founding, models
from comity.node.casework.speaking import CannotSay
from comity.node.disclosure.export import export
from comity.node.instruments import plain_of
from comity.tracks.dialogue.annexes import PRE_EXPORT
from comity.tracks.registry import LISTED, Registry

if TYPE_CHECKING:
    from tests.node.conftest import Hand, Pair, Stage

WORDS: JsonObject = {"points": [{"about": "end-use", "words": "For a cold remedy. (exercise)"}]}
REFERENCE: JsonObject = {"case_reference": "EX", "contact_office": "US/DEA"}


def notify(stage: "Stage", deliver: bool = True) -> Said:
    content = stories.notification(stage, 1, "Ephedrine", "299-42-3", "10")
    saying = stories._desk("IN", "notify", None, content, stage.pair.memorandum)
    return stage.pair.say(stage.pair.one, saying, deliver)


def waits_for(pair: "Pair", said: Said) -> str:
    return models.Outbox.objects.using(pair.one.alias).get(item=said.hash).reason


@pytest.fixture
def newer(registries: dict[str, Registry]) -> Registry:
    found = registries["next"]
    assert [one.procedure.version for one in found.listed if one.procedure.id == PRE_EXPORT] == [1, 2]
    assert found.current(PRE_EXPORT).procedure.version == 2
    return found


@pytest.mark.parametrize("updated", [("IN",), ("US",), ("IN", "US")])
def test_a_case_of_the_first_version_is_finished_by_nodes_that_also_have_the_next(
    updated: tuple[str, ...], agreed: "Pair", played: "Stage", newer: Registry
) -> None:
    case = notify(played).turn.case
    played.say("US", stories._desk("US", "acknowledge", case, REFERENCE))
    for party in updated:
        agreed.node(party).registry = newer

    played.say("US", stories._desk("US", "ask", case, WORDS))
    played.say("IN", stories._desk("IN", "answer", case, WORDS))
    played.say("US", stories._desk("US", "clear", case, {"authority_reference": "EX-1"}))

    assert agreed.state(case) == "cleared"
    for node in agreed.nodes:
        standing = agreed.standing(node, case)
        assert standing.procedure.version == 1
        assert standing.closed  # by the first table a cleared case is closed; by the second it is not
        assert standing.lines[-1].said.turn.body is not None
        assert standing.lines[-1].said.turn.body.type == "clearance/1"
        report = verify(export(node, agreed.id, case, 1), parse_content=node.registry.parse_content)
        assert (report.faults, report.state) == ([], "cleared")


def test_the_step_that_only_the_next_version_has_cannot_be_said_in_an_old_case(
    agreed: "Pair", played: "Stage", newer: Registry
) -> None:
    case = notify(played).turn.case
    for node in agreed.nodes:
        node.registry = newer
    played.say("US", stories._desk("US", "acknowledge", case, REFERENCE))
    played.say("US", stories._desk("US", "clear", case, {}))
    with pytest.raises(CannotSay) as refused:
        played.say("IN", stories._desk("IN", "report", case, None))
    assert refused.value.judgement.code == "out-of-turn"
    with pytest.raises(Malformed):  # nor the next body in an old step
        played.say("US", stories._desk("US", "clear", notify_old(played, newer), {"port": "USNYC"}))


def notify_old(stage: "Stage", newer: Registry) -> str:
    """An acknowledged case of the first version, opened before the node was updated."""
    for node in stage.pair.nodes:
        node.registry = Registry(tuple(one for one in newer.listed if one.procedure.version == 1))
    case = notify(stage).turn.case
    stage.say("US", stories._desk("US", "acknowledge", case, REFERENCE))
    for node in stage.pair.nodes:
        node.registry = newer
    return case


def test_a_new_case_is_opened_by_the_next_version_and_worked_to_its_new_end(
    agreed: "Pair", played: "Stage", newer: Registry
) -> None:
    for node in agreed.nodes:
        node.registry = newer
    case = notify(played).turn.case
    played.say("US", stories._desk("US", "acknowledge", case, REFERENCE))
    played.say("US", stories._desk("US", "clear", case, {"port": "USNYC"}))
    assert agreed.state(case) == "cleared"
    played.say("IN", stories._desk("IN", "report", case, WORDS))

    assert agreed.state(case) == "reported"
    clearance = agreed.standing(agreed.one, case).lines[2].said.turn
    assert clearance.body is not None
    assert clearance.body.type == "clearance/2"
    plain = plain_of(agreed.one, clearance)
    assert plain is not None
    assert bodies.parse_plain(plain)[1]["port"] == "USNYC"
    report = verify(export(agreed.two, agreed.id, case, 1), parse_content=newer.parse_content)
    assert (report.faults, report.state) == ([], "reported")


def test_a_new_case_waits_while_the_peer_does_not_have_the_table_and_old_ones_go_on(
    agreed: "Pair", played: "Stage", newer: Registry
) -> None:
    old = notify(played).turn.case
    agreed.one.registry = newer
    said = notify(played)
    assert waits_for(agreed, said).startswith("unknown-procedure:")
    assert models.Slot.objects.using(agreed.two.alias).filter(case=said.turn.case).count() == 0
    withdrawn = played.say("IN", stories._desk("IN", "withdraw", old, None))
    assert agreed.state(withdrawn.turn.case) == "withdrawn"

    agreed.two.registry = newer
    agreed.deliver()
    assert agreed.state(said.turn.case) == "notified"
    assert agreed.standing(agreed.two, said.turn.case).procedure.version == 2


def test_a_table_that_the_annex_does_not_accept_is_refused_by_a_node_that_has_it(
    agreed: "Pair", played: "Stage", newer: Registry, hand: Callable[[str], "Hand"]
) -> None:
    """Having a table is not enough: the instrument names the hashes that both signed."""
    current = newer.current(PRE_EXPORT)
    third = replace(current, procedure=replace(current.procedure, version=3))
    agreed.one.tables[third.procedure.hash] = third.procedure
    agreed.two.tables[third.procedure.hash] = third.procedure
    india = hand("IN")
    turn = india.turn("IN-" + "1" * 32, "notify", table=third.procedure.hash)
    answer = india.send(india.seal(turn))
    assert answer.status == "refused"
    verdict = models.Verdict.objects.using(agreed.two.alias).get(turn=india.seal(turn).hash)
    assert verdict.code == "not-switched-on"


def test_a_table_that_a_release_no_longer_has_is_read_from_what_the_node_kept(
    agreed: "Pair", played: "Stage", registries: dict[str, Registry]
) -> None:
    """Old cases are worked by the canonical JSON that was kept when it was last known."""
    case = notify(played).turn.case
    first = agreed.standing(agreed.one, case).procedure
    for node in agreed.nodes:
        founding.keep_tables(node)
        founding.keep_tables(node)  # twice changes nothing
        kept = models.TableKept.objects.using(node.alias).get(hash=first.hash)
        assert parse_procedure(bytes(kept.text)) == first
        assert bytes(kept.text) == canonical_json(first)
        node.registry = registries["later"]
        node.tables.clear()
        assert node.registry.procedure_by_hash(first.hash) is None
        assert node.procedure(first.hash) == first

    played.say("IN", stories._desk("IN", "withdraw", case, None))
    assert agreed.state(case) == "withdrawn"


def test_what_ships_is_what_the_tests_of_versions_begin_from() -> None:
    assert [one.procedure.version for one in LISTED if one.procedure.id == PRE_EXPORT] == [1]
