"""The session, the Memorandum and a notification between two nodes in one process."""

from comity.node.casework.speaking import Saying


def test_two_nodes_are_founded(pair) -> None:
    assert pair.id
