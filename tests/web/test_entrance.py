"""Who gets in: Alice and Bob by a link each; Charlie not, and learns nothing from it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from comity.node.keyring import KeysUnreadable
from comity.web import keyfile, links, sessions

ANYTHING = (
    "/",
    "/docket",
    "/case/IN-" + "0" * 32,
    "/enter/x",
    "/exchange",
    "/style/x.css",
    "/nowhere",
    "/favicon.ico",
)


@pytest.fixture
def later(world: Any) -> Iterator[Any]:
    """Let time pass, and put the clock back afterwards."""
    at = world.clock.at

    def pass_by(**span: float) -> None:
        world.clock.at += timedelta(**span)

    yield pass_by
    world.clock.at = at


def everything(world: Any) -> list[str]:
    """Every address there is, and some that there are not."""
    return [*ANYTHING, *(f"/case/{case}" for case in world.cases.values())]


def test_a_link_opens_once(world: Any, stranger: Any) -> None:
    token = links.issue(stranger.node, 1, world.clock.now())
    first, second = (
        stranger.ask(f"/enter/{token}"),
        type(stranger)(stranger.app, stranger.node).ask(f"/enter/{token}"),
    )

    assert (first.status, first.header("Location")) == (303, "/docket")
    assert second.status == 404
    assert stranger.ask("/docket").status == 200


def test_of_many_who_use_one_link_at_once_one_gets_in(world: Any, stranger: Any) -> None:
    token = links.issue(stranger.node, 1, world.clock.now())
    opened: list[object] = []
    threads = [
        Thread(target=lambda: opened.append(links.use(stranger.node, token, world.clock.now())))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([one for one in opened if one is not None]) == 1


def test_a_link_lives_for_fifteen_minutes(world: Any, stranger: Any, later: Any) -> None:
    early, late = (links.issue(stranger.node, 1, world.clock.now()) for _ in range(2))
    later(minutes=14, seconds=59)
    assert stranger.ask(f"/enter/{early}").status == 303
    later(seconds=1)
    assert stranger.ask(f"/enter/{late}").status == 404


def test_a_session_lives_for_twelve_hours(alice: Any, later: Any) -> None:
    later(hours=11, minutes=59)
    assert alice.ask("/docket").status == 200
    later(minutes=1)
    assert alice.ask("/docket").status == 404


def test_alice_and_bob_each_have_a_session_of_their_own(alice: Any, bob: Any) -> None:
    assert alice.cookies != bob.cookies
    assert [who.ask("/docket").status for who in (alice, bob)] == [200, 200]


def test_the_cookie_carries_the_node_and_is_kept_from_scripts_and_other_sites(
    alice: Any, american: Any
) -> None:
    token = links.issue(alice.node, None, alice.node.clock.now())
    cookie = alice.ask(f"/enter/{token}").header("Set-Cookie").strip()

    assert re.match(r"comity-IN-[0-9a-f]{8}=", cookie)
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert not set(alice.cookies) & set(american.cookies)


def test_a_cookie_of_the_other_node_opens_nothing(alice: Any, american: Any) -> None:
    theirs = next(iter(american.cookies.values()))
    alice.cookies = {sessions.cookie_name(alice.node): theirs}

    assert alice.ask("/docket").status == 404


@pytest.mark.parametrize("place", range(0, 100, 7))
def test_a_cookie_with_one_sign_changed_opens_nothing(alice: Any, place: int) -> None:
    (name, value), *_ = alice.cookies.items()
    place = min(place, len(value) - 1)
    other = "1" if value[place] != "1" else "2"
    alice.cookies = {name: value[:place] + other + value[place + 1 :]}

    assert alice.ask("/docket").status == 404


def test_charlie_gets_the_same_bytes_for_all_that_is_and_is_not(
    world: Any, stranger: Any, later: Any
) -> None:
    now = world.clock.now()
    used, expired = links.issue(stranger.node, 1, now), links.issue(stranger.node, 1, now)
    links.use(stranger.node, used, now)
    later(minutes=20)
    paths = [
        *everything(world),
        f"/enter/{used}",
        f"/enter/{expired}",
        "/enter/" + "A" * 43,
        "/enter/../web.key",
    ]

    answers = {(a.status, tuple(a.headers), a.body) for a in map(stranger.ask, paths)}

    assert len(answers) == 1
    assert answers.pop()[0] == 404


def test_an_officer_learns_nothing_more_of_what_is_not_there(alice: Any, stranger: Any) -> None:
    known = stranger.ask("/docket")
    for path in (
        "/case/IN-" + "0" * 32,
        "/case/x",
        "/case/../docket",
        "/nowhere",
        "/style/x.css",
        "/exchange",
    ):
        answer = alice.ask(path)
        assert (answer.status, answer.headers, answer.body) == (404, known.headers, known.body)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_pages_are_read_only(method: str, alice: Any, world: Any) -> None:
    for path in ("/", "/docket", f"/case/{world.cases['considered']}"):
        assert alice.ask(path, method).status == 404


def test_a_link_is_not_used_up_by_asking_for_its_head(world: Any, stranger: Any) -> None:
    token = links.issue(stranger.node, 1, world.clock.now())

    assert stranger.ask(f"/enter/{token}", "HEAD").status == 404
    assert stranger.ask(f"/enter/{token}").status == 303


def test_head_answers_as_get_without_the_page(alice: Any) -> None:
    full, head = alice.ask("/docket"), alice.ask("/docket", "HEAD")

    assert (head.status, head.body) == (200, b"")
    assert head.header("Content-Length") == str(len(full.body))


@pytest.mark.parametrize(
    "address", ["10.0.0.7", "192.168.1.4", "2001:db8::1", "::ffff:10.0.0.7", "", "localhost"]
)
def test_from_another_computer_even_a_session_opens_nothing(address: str, alice: Any, stranger: Any) -> None:
    known = stranger.ask("/docket")
    alice.address = address

    assert (alice.ask("/docket").status, alice.ask("/docket").body) == (404, known.body)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_this_computer(address: str, alice: Any) -> None:
    alice.address = address
    assert alice.ask("/docket").status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.example", "10.0.0.1", ""]
)
def test_under_a_foreign_name_even_a_session_opens_nothing(host: str, alice: Any) -> None:
    alice.host = host
    assert alice.ask("/docket").status == 404


@pytest.mark.parametrize("host", ["localhost", "localhost:8701", "127.0.0.1:9000", "[::1]:8701"])
def test_the_names_of_this_computer_are_good(host: str, alice: Any) -> None:
    alice.host = host
    assert alice.ask("/docket").status == 200


@pytest.mark.parametrize("name", ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED"])
def test_what_a_proxy_forwarded_is_refused(name: str, alice: Any) -> None:
    assert alice.ask("/docket", **{name: "for=10.0.0.7"}).status == 404


def test_every_answer_carries_the_strict_headers(alice: Any, stranger: Any, world: Any) -> None:
    sheet = re.findall(r'"(/style/[^"]+)"', alice.ask("/docket").text)
    asked = [(alice, path) for path in (*everything(world), *sheet)] + [(stranger, "/docket")]
    for who, path in asked:
        answer = who.ask(path)
        assert answer.header("Content-Security-Policy") == (
            "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        assert answer.header("X-Content-Type-Options") == "nosniff"
        assert answer.header("Referrer-Policy") == "no-referrer"
        assert answer.header("Cross-Origin-Opener-Policy") == "same-origin"
        kept = path in sheet
        assert answer.header("Cache-Control") == (
            "private, max-age=31536000, immutable" if kept else "no-store"
        )


def test_tokens_and_the_cookie_key_lie_behind_0600_and_tokens_in_no_file(world: Any, alice: Any) -> None:
    token = links.issue(alice.node, 1, world.clock.now())
    files = [alice.node.path / keyfile.KEY_FILE, *(alice.node.path / links.FOLDER).iterdir()]

    assert [path.stat().st_mode & 0o777 for path in files] == [0o600] * len(files)
    assert (alice.node.path / links.FOLDER).stat().st_mode & 0o777 == 0o700
    assert not any(token in path.name or token.encode() in path.read_bytes() for path in files)


def test_a_cookie_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    class AnyNode:
        path = tmp_path

    keyfile.read_or_make(AnyNode())  # type: ignore[arg-type]
    (tmp_path / keyfile.KEY_FILE).chmod(0o644)

    with pytest.raises(KeysUnreadable, match="chmod 600"):
        keyfile.read_or_make(AnyNode())  # type: ignore[arg-type]


def test_links_that_nobody_used_are_swept_when_the_next_is_issued(world: Any, alice: Any, later: Any) -> None:
    links.issue(alice.node, 1, world.clock.now())
    later(minutes=16)
    links.issue(alice.node, 1, world.clock.now())

    assert len(list((alice.node.path / links.FOLDER).iterdir())) == 1


def test_the_printed_address_is_a_name_with_the_port(alice: Any) -> None:
    assert links.address(alice.node, "T") == f"http://localhost:{alice.node.settings.port}/enter/T"
