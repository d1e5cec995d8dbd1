"""One case on its page: what every turn became, what is due and by whom, and nothing unescaped."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import orjson
import pytest

from comity.core.turn import Link
from comity.node.disclosure import decisions
from comity.node.models import LOCAL, Entry
from comity.web import case as page
from comity.web import telling
from comity.web.words import RELATIONS


def of(who: Any, world: Any, name: str, language: str = "en") -> Any:
    answer = who.ask(f"/case/{world.cases[name]}?lang={language}")
    assert answer.status == 200
    return answer


def test_every_case_shows_at_both_nodes_in_both_languages(alice: Any, american: Any, world: Any) -> None:
    for name in set(world.cases) - {"provisional"}:
        for who in (alice, american):
            for language in ("en", "hi"):
                assert f'<html lang="{language}">' in of(who, world, name, language).text


def test_a_cleared_case_tells_its_way_from_notice_to_clearance(alice: Any, world: Any) -> None:
    words = of(alice, world, "cleared").words
    story = ("notified a shipment", "acknowledged", "asked a question", "answered", "cleared")
    places = [words.index(f": {done} accepted") for done in story]

    assert places == sorted(places)
    assert "The case is closed. Nothing more can be said in it." in words


def test_instants_stand_in_both_capitals_the_readers_first(alice: Any, american: Any, world: Any) -> None:
    assert (
        "Said: 9 December 2026, 10:30 in New Delhi · 00:00 in Washington" in of(alice, world, "cleared").words
    )
    assert (
        "Said: 9 December 2026, 00:00 in Washington · 10:30 in New Delhi"
        in of(american, world, "cleared").words
    )
    assert "9 दिसंबर 2026, नई दिल्ली में 10:30 · वाशिंगटन में 00:00" in of(alice, world, "cleared", "hi").words


def test_what_lost_a_crossing_says_to_what(alice: Any, world: Any) -> None:
    words = of(alice, world, "crossed_withdrawal").words

    assert "United States wanted to say: “Clear” without effect" in words
    assert "Crossed by what India said in its turn 2: withdrew. The table gives that the precedence." in words


def test_a_refusal_shows_its_code_and_its_sentence_in_the_readers_language(alice: Any, world: Any) -> None:
    english, hindi = (of(alice, world, "refused", language).words for language in ("en", "hi"))

    assert "India wanted to say: “Clear” refused" in english
    assert "In the state notified, IN may not say clear. (code out-of-turn )" in english
    assert "notified अवस्था में IN clear नहीं कह सकता। (कूट out-of-turn )" in hindi


def test_a_provisional_turn_says_who_has_not_accepted_it_and_why_it_was_not_sent(
    alice: Any, world: Any
) -> None:
    words = of(alice, world, "provisional").words

    assert "United States has not accepted it yet. Until then it is provisional." in words
    assert "None yet: it waits to be sent" in words
    assert "It starts when the other side accepts the turn." in words


def test_the_clocks_of_both_stand_there_and_words_say_which_blocks(alice: Any, world: Any) -> None:
    words = of(alice, world, "considered").words

    assert "The United States' decision blocks: its 15 days end on 24 December 2026" in words.replace(
        "&#x27;", "'"
    )
    assert "Due by the end of 24 December 2026 in Washington · 25 December 2026, 10:30 in New Delhi" in words
    assert "21 working days, by the calendar IN/central-government 1" in words
    assert "Not counted: Christmas Day, 25 December 2026" in words
    assert "This calendar is unverified." in words


def test_while_a_question_is_open_the_time_to_decide_stands_still(alice: Any, world: Any) -> None:
    assert "It stands still; it was stopped 9 December 2026" in of(alice, world, "asked").words


def test_a_clock_that_ran_out_says_so_and_decides_nothing(alice: Any, world: Any) -> None:
    at = world.clock.at
    try:
        world.clock.at = at + timedelta(days=17)
        words = of(alice.enter(), world, "considered").words
    finally:
        world.clock.at = at

    assert "Ran out at the end of 24 December 2026 in Washington" in words
    assert "State under consideration" in words


def test_what_may_be_said_is_shown_with_the_command_that_says_it(
    alice: Any, american: Any, world: Any
) -> None:
    ours, theirs = of(alice, world, "considered").words, of(american, world, "considered").words
    case = world.cases["considered"]
    clear = f"comity say clear --case {case} --as OFFICER --released-by SECOND-OFFICER --body FILE.json"

    assert f"comity say withdraw --case {case} --as OFFICER --dir {alice.node.path}" in ours
    assert "comity procedures body clearance/1 &gt; FILE.json comity say clear" in theirs
    assert f"{clear} --dir {american.node.path}" in theirs
    assert "comity say clear" not in ours


def test_contents_stand_there_with_labels_units_and_names(alice: Any, world: Any) -> None:
    words = of(alice, world, "considered").words

    assert "Legal basis 1988 Convention, article 12(10)(a)" in words
    assert "Quantity 12.5 kilograms" in words
    assert "Expected point of entry New York (USNYC)" in words
    assert "Expected day of dispatch 18 January 2027" in words
    assert "Country India (IN)" in words
    assert "मात्रा 12.5 किलोग्राम" in of(alice, world, "considered", "hi").words


def test_the_annex_of_an_instrument_reads_as_terms(alice: Any, world: Any) -> None:
    words = of(alice, world, "instrument").words

    assert "US: time to decide: 15 days; silence is consent" in words
    assert "Open cases, when it ends go on for 90 days" in words


def test_signature_receipt_and_marking_are_told(alice: Any, american: Any, world: Any) -> None:
    ours, theirs = of(alice, world, "cleared").words, of(american, world, "cleared").words

    assert "It holds, under the key of IN/CBN." in ours
    assert re.search(r"proof that it is in the other side&#x27;s log \(United States\), at place \d+", ours)
    assert re.search(r"Our signed verdict was logged here at place \d+", ours)
    assert "TLP:AMBER. Belongs to India. Seen by: India, United States. Purpose: precursor-control." in ours
    assert "cannot be checked" not in ours + theirs
    assert "does not hold" not in ours + theirs


def test_a_signature_that_does_not_hold_is_told(
    alice: Any, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that somebody altered under us: the page looks at the bytes each time."""
    whole = telling.papers

    def altered(node: Any, file: Any) -> telling.Papers:
        found = whole(node, file)
        texts = dict(found.texts)
        first = file.saids[0].hash
        value = orjson.loads(texts[first])
        signature = value["signatures"][0]
        signature["sig"] = ("B" if signature["sig"][0] == "A" else "A") + signature["sig"][1:]
        texts[first] = orjson.dumps(value)
        return telling.Papers(texts, found.verdicts, found.receipts, found.outbox, found.officers)

    monkeypatch.setattr(telling, "papers", altered)
    assert of(alice, world, "cleared").words.count("It does not hold. Tell an administrator.") == 1


def test_our_officers_have_names_and_the_peers_only_numbers(alice: Any, american: Any, world: Any) -> None:
    ours, theirs = of(alice, world, "considered").words, of(american, world, "considered").words

    assert "Asha Rao (officer 1); released by Ben Cole (officer 2)" in ours
    assert "Officers officer 1; released by officer 2" in theirs


class Tags(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


def test_a_hostile_text_in_a_body_is_text(alice: Any, american: Any, world: Any) -> None:
    for who in (alice, american):
        answer = of(who, world, "asked")
        found = Tags()
        found.feed(answer.text)

        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
        assert not {"script", "img", "iframe", "style"} & set(found.tags)
        assert not [name for name in found.attributes if name.startswith("on") or name == "style"]


def test_pages_have_one_heading_a_caption_and_scopes(alice: Any, world: Any) -> None:
    docket, shown = alice.ask("/docket?state=all").text, of(alice, world, "cleared").text
    for text in (docket, shown):
        assert text.count("<h1") == text.count("<main") == text.count('class="skip"') == 1
        ids = re.findall(r'\bid="([^"]+)"', text)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'(?:for|aria-labelledby)="([^"]+)"', text)) <= set(ids)
    assert docket.count("<caption>") == docket.count("<table")
    assert len(re.findall(r"<th\b", docket)) == len(re.findall(r"<th scope=", docket))


def test_linked_cases_can_be_followed(alice: Any, world: Any) -> None:
    text = of(alice, world, "instrument").text
    assert f'href="/case/{world.cases["session"]}"' in text
    assert Link("follows", world.cases["session"]).relation in RELATIONS


def looks(node: Any) -> list[dict[str, Any]]:
    """What the local log says of looks."""
    rows = Entry.objects.using(node.alias).filter(log=LOCAL, kind="decision").order_by("index")
    return [value for value in (orjson.loads(bytes(row.text)) for row in rows) if value["act"] == page.LOOKED]


def test_a_look_at_bodies_is_written_down_once_for_each_session(alice: Any, bob: Any, world: Any) -> None:
    before = len(looks(alice.node))
    for who in (alice, alice, bob):
        of(who, world, "cleared")
    found = looks(alice.node)[before:]

    assert [(one["officer"], one["case"]) for one in found] == [
        (1, world.cases["cleared"]),
        (2, world.cases["cleared"]),
    ]


def test_a_case_that_is_not_there_leaves_no_line(alice: Any) -> None:
    before = len(looks(alice.node))
    alice.ask("/case/IN-" + "0" * 32)
    assert len(looks(alice.node)) == before


def test_a_look_that_cannot_be_written_down_shows_nothing(
    alice: Any, world: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_args: object) -> None:
        raise OSError("the disk is full: secret-words")

    monkeypatch.setattr(decisions, "log", fail)
    answer = alice.ask(f"/case/{world.cases['objected']}")
    said = capsys.readouterr().err

    assert (answer.status, "Something failed here" in answer.text, "objected" in answer.text) == (
        500,
        True,
        False,
    )
    assert "OSError" in said
    assert "secret-words" not in said
