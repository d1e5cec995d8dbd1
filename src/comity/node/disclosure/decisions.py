"""The local log: what our own side decided to show, to whom, and who looked.

A log like a pair's, with the same proofs and the same triggers, that no peer ever sees. It
holds numbers and hashes, no names and no content.

Deliberately not here: the decision itself.
"""

import secrets

from comity.core import canonical
from comity.core.fields import format_instant
from comity.node.casework import doors
from comity.node.models import LOCAL
from comity.node.node import Node


def log(node: Node, act: str, pairing: str, case: str, officer: int, about: str) -> None:
    """Write down an act of disclosure. `about` is the hash of what was made or shown."""
    text = canonical.encode(
        {
            "about": about,
            "act": act,
            "at": format_instant(node.clock.now()),
            "case": case,
            "nonce": secrets.token_hex(16),  # two like acts in one second are two acts
            "officer": officer,
            "pairing": pairing,
        }
    )
    digest = canonical.digest(text)
    doors.door(node, LOCAL).write(lambda draft: draft.append("decision", node.party, digest, text))
