"""The docket: which cases it shows, how it is narrowed and turned, and what it never shows."""

import re
from datetime import timedelta
from typing import Any

import pytest

from comity.node.models import Docket

LINK = re.compile(r'href="/case/([^"]+)"')


def cases(answer: Any) -> list[str]:
    return LINK.findall(answer.text)


def test_open_cases_come_first_and_closed_ones_when_asked_for(alice: Any, world: Any) -> None:
    names = world.cases
    opened = {names[name] for name in ("considered", "asked", "refused", "provisional", "instrument")}

    assert set(cases(alice.ask("/docket"))) == opened
    assert set(cases(alice.ask("/docket?state=all"))) == set(names.values())
    assert set(cases(alice.ask("/docket?state=closed"))) == set(names.values()) - opened


def test_the_docket_is_narrowed_to_a_procedure(alice: Any, world: Any) -> None:
    assert cases(alice.ask("/docket?state=all&procedure=dialogue.session")) == [world.cases["session"]]


def test_what_one_may_choose_from_is_told_where_nothing_is_found(alice: Any) -> None:
    answer = alice.ask("/docket?state=closed&procedure=instrument.negotiation")
    assert "No case is of this kind." in answer.words


def test_counts_rows_and_turns_are_in_words(alice: Any, world: Any) -> None:
    words = alice.ask("/docket?state=all").words

    assert "5 open, 6 closed, 11 in all" in words
    assert "cleared with conditions" in words
    assert "notified, not yet acknowledged not yet accepted" in words
    assert "India: end of 8 January 2027 in New Delhi · 8 January 2027, 13:30 in Washington" in words


def test_a_provisional_case_is_unknown_to_the_other_side(american: Any, world: Any) -> None:
    assert world.cases["provisional"] not in cases(american.ask("/docket?state=all"))


def test_what_ran_out_is_marked(alice: Any, world: Any) -> None:
    at = world.clock.at
    try:
        world.clock.at = at + timedelta(days=40)
        alice.enter()
        assert alice.ask("/docket").words.count("has run out") == 3
    finally:
        world.clock.at = at


def test_nothing_of_any_body_stands_in_the_docket(alice: Any) -> None:
    text = alice.ask("/docket?state=all").text
    assert not [word for word in ("Safrole", "Hudson", "Sahyadri", "alert(1)") if word in text]


def test_pages_of_fifty_show_every_case_once(alice: Any, world: Any) -> None:
    """Rows with one instant are told apart by their number."""
    alias = alice.node.alias
    row = Docket.objects.using(alias).get(case=world.cases["cleared"])
    copies = []
    for index in range(120):
        copy = Docket.objects.using(alias).get(pk=row.pk)
        copy.pk, copy.case, copy.procedure = None, f"IN-{index:032x}", "test.many"
        copies.append(copy)
    Docket.objects.using(alias).bulk_create(copies)
    try:
        seen: list[list[str]] = []
        query = "?state=all&procedure=test.many"
        while query:
            answer = alice.ask(f"/docket{query}")
            seen.append(cases(answer))
            found = re.search(r'href="(\?[^"]*)" rel="next"', answer.text)
            query = found[1].replace("&amp;", "&") if found else ""
    finally:
        Docket.objects.using(alias).filter(procedure="test.many").delete()

    assert [len(page) for page in seen] == [50, 50, 20]
    assert sorted(case for page in seen for case in page) == [f"IN-{index:032x}" for index in range(120)]


@pytest.mark.parametrize(
    "query",
    "state=x procedure=%27%3B-- after=x after=- after=1- after=9999999999999999-1 after=²-² lang=xx lang= "
    "after=99999999999999999999999-1 after=1-99999999999999999999999 %00=%00".split(),
)
def test_no_query_breaks_the_docket(query: str, alice: Any) -> None:
    assert alice.ask(f"/docket?{query}").status == 200


def test_the_bare_address_leads_to_the_docket(alice: Any) -> None:
    answer = alice.ask("/")
    assert (answer.status, answer.header("Location")) == (302, "/docket")


def test_an_empty_docket_says_what_to_do(make_world: Any) -> None:
    visitor = make_world(False)
    answer = visitor.ask("/docket")

    assert "There is no case yet." in answer.words
    assert f"comity say --dir {visitor.node.path} --help" in answer.words
    assert "EXERCISE" not in answer.words


def test_an_exercise_shows_on_every_page_in_both_languages(alice: Any, world: Any) -> None:
    for path in ("/docket", *(f"/case/{case}" for case in world.cases.values())):
        assert "EXERCISE" in alice.ask(f"{path}?lang=en").words
        assert "अभ्यास" in alice.ask(f"{path}?lang=hi").words


def test_the_language_is_kept_and_a_link_leads_to_the_other(alice: Any) -> None:
    hindi = alice.ask("/docket?state=all&lang=hi")

    assert '<html lang="hi">' in hindi.text
    assert "5 खुले, 6 बंद, कुल 11" in hindi.words
    assert '"?state=all&amp;lang=en"' in hindi.text
    assert '<html lang="hi">' in alice.ask("/docket").text
    assert '<html lang="en">' in alice.ask("/docket?lang=en").text
