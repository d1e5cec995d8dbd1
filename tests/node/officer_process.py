"""A process that speaks without end, to be killed: `officer_process.py DIR PASSPHRASE PARTY UNDER`.

India's notifies new shipments; the other side's acknowledges what has arrived.
"""

# ruff: noqa: E402  # Django is set up before its models are imported

import os
import sys
import time
from datetime import date
from pathlib import Path
from typing import cast

os.environ["DJANGO_SETTINGS_MODULE"] = "comity.site.settings"

import django

django.setup()

from comity.cli import stories
from comity.node.casework import speaking
from comity.node.models import Docket, Pairing
from comity.node.node import Node, open_node
from comity.tracks.counternarcotics.bodies import Acknowledgement
from comity.tracks.registry import content_json


class Today:
    def __init__(self, node: Node) -> None:
        self.node = node

    def today(self) -> date:
        return self.node.clock.now().date()


def main(directory: str, passphrase: str, party: str, under: str) -> None:
    node = open_node(Path(directory), passphrase)
    pairing = Pairing.objects.using(node.alias).get().id
    content = stories.notification(cast(stories.Stage, Today(node)), 1, "Ephedrine", "299-42-3", "10")
    reply = content_json(Acknowledgement(case_reference="EX-1", contact_office="US/DEA"))
    while True:
        if party == "IN":
            speaking.say(node, pairing, stories._desk("IN", "notify", None, content, under))
        waiting = Docket.objects.using(node.alias).filter(state="notified", turn_of=party, opener="IN")
        for case in list(waiting.values_list("case", flat=True)[:5]) if party == "US" else ():
            speaking.say(node, pairing, stories._desk("US", "acknowledge", case, reply))
        time.sleep(0.005)


if __name__ == "__main__":
    main(*sys.argv[1:])
