"""The peer's door: a peer is answered with a bundle, everybody else with nothing."""

from typing import Any

import pytest

from comity.core import bundle as bundles
from comity.core.bundle import SIZE_BYTES_MAX, Cover
from comity.node.peers import exchange as peers
from comity.node.peers.wire import CONTENT_TYPE


def push(world: Any, sender: str) -> bytes:
    """A push with nothing in it, as a node sends to ask how far the other is."""
    node = world.nodes[sender]
    receiver = "US" if sender == "IN" else "IN"
    cover = Cover(
        pairing=world.pairing, sender=sender, receiver=receiver, says="push", at=node.clock.now(), knows=0
    )
    return bundles.pack([], cover, node.node_signer())


def test_a_peer_gets_a_bundle(stranger: Any, world: Any) -> None:
    answer = stranger.ask("/exchange", "POST", push(world, "US"))

    assert (answer.status, answer.header("Content-Type")) == (200, CONTENT_TYPE)
    assert bundles.parse_cover(bundles.parse(answer.body)).says == "answer"


def test_the_peers_door_needs_neither_session_nor_a_name_of_this_computer(stranger: Any, world: Any) -> None:
    stranger.address, stranger.host = "192.0.2.9", "node.example"
    assert stranger.ask("/exchange", "POST", push(world, "US")).status == 200


@pytest.mark.parametrize("body", [b"", b"x", b"comity-bundle/1\n", b"\x00" * 100])
def test_whoever_is_no_peer_gets_the_bytes_of_what_is_not_there(body: bytes, stranger: Any) -> None:
    nowhere = stranger.ask("/nowhere")
    answer = stranger.ask("/exchange", "POST", body)

    assert (answer.status, answer.headers, answer.body) == (404, nowhere.headers, nowhere.body)


def test_our_own_bundle_is_not_a_peers(stranger: Any, world: Any) -> None:
    assert stranger.ask("/exchange", "POST", push(world, "IN")).status == 404


def test_a_push_with_one_byte_changed_is_unwelcome(stranger: Any, world: Any) -> None:
    text = bytearray(push(world, "US"))
    text[len(text) // 2] ^= 1
    assert stranger.ask("/exchange", "POST", bytes(text)).status == 404


@pytest.mark.parametrize("length", [str(SIZE_BYTES_MAX + 1), "9" * 40, "-1", "x"])
def test_a_push_that_is_too_long_is_not_read(
    length: str, stranger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "receive", lambda *_args: pytest.fail("it was read"))
    assert stranger.ask("/exchange", "POST", b"x", CONTENT_LENGTH=length).status == 404


def test_a_failure_is_answered_by_no_word_and_told_to_the_operator_by_kind_and_place(
    stranger: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_args: object) -> bytes:
        raise RuntimeError("secret-words")

    monkeypatch.setattr(peers, "receive", fail)
    answer = stranger.ask("/exchange", "POST", b"x")
    said = capsys.readouterr().err

    assert (answer.status, answer.body) == (500, b"")
    assert "RuntimeError" in said
    assert "secret-words" not in said + answer.text
    assert said.count("\n") == 1
