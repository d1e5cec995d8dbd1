"""Waiting for the peer's receipt: what `comity say --wait` does after saying.

A turn that was said is kept and sent by `comity serve`, whether anybody waits or not; so
running out of patience changes nothing and is no failure of the turn.

Deliberately not here: sending.
"""

import time
from typing import TYPE_CHECKING, Final

from comity.core.errors import ComityError

if TYPE_CHECKING:
    from comity.node.models import Verdict
    from comity.node.node import Node

_POLL_SECONDS: Final = 0.05


class NoReceiptYet(ComityError):
    """The turn is said and waits; the peer has not answered in the time given."""

    code = "no-receipt-yet"


def wait_for_receipt(node: "Node", turn: str, seconds: float) -> "Verdict":
    """Return the peer's verdict on the turn with that hash, once its receipt is proven here.

    Raises `NoReceiptYet` after `seconds`, with the reason that stands in the outbox.
    """
    from comity.node.models import Outbox, Receipt, Verdict

    deadline = time.monotonic() + seconds
    while not Receipt.objects.using(node.alias).filter(item=turn).exists():
        if time.monotonic() > deadline:
            row = Outbox.objects.using(node.alias).filter(item=turn).first()
            why = row.reason if row and row.reason else "not sent yet; is `comity serve` running?"
            raise NoReceiptYet(
                f"no receipt after {seconds:g} seconds ({why}). It is said and kept: do not repeat it"
            )
        time.sleep(_POLL_SECONDS)
    return Verdict.objects.using(node.alias).get(turn=turn)


def sentence(node: "Node", turn: str, seconds: float) -> str:
    """Wait, and return what the peer answered, in words."""
    from comity.core.codes import CODES

    verdict = wait_for_receipt(node, turn, seconds)
    if verdict.accepted:
        return "The peer accepted it, and the receipt is here."
    code = CODES.get(verdict.code)
    return f"The peer refused it: {code.sentence({}) if code else verdict.code} ({verdict.code})"
