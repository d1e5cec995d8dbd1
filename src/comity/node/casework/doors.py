"""The doors of a node: one for each log, made once and remembered with it.

A door is told here how the docket follows from what is written, and whom to tell that
something was. Deliberately not here: any rule.
"""

from collections.abc import Iterable
from functools import partial
from typing import cast

from comity.node.casework import docket, facts
from comity.node.log import store
from comity.node.log.door import Door
from comity.node.node import Node


def door(node: Node, log: str) -> Door:
    """Return the one door by which anything is written to a log of this node."""
    doors = cast(dict[str, Door], node.remembered.setdefault("doors", {}))
    found = doors.get(log)
    if found is None:
        parties, notice = store.parties(node, log), partial(_notice, node, log)
        # Two threads may both have made one; only the first is kept.
        found = doors.setdefault(log, Door(node, log, parties, project=docket.project, notice=notice))
    return found


def _notice(node: Node, log: str, cases: Iterable[str] | None) -> None:
    if cases is None:
        facts.known(node).pop(log, None)
    elif log in facts.known(node):
        facts.known(node)[log].changed(cases)
