"""Which tables were walked for soundness before they were released, and how far.

The walk grows fast with a table, and every command loads every table. So it is done once,
by `scripts/make-certificates`, its result is released beside the tables, and the tests do
it again. A certificate
counts for one hash and for the bound that it names; a table without one, or with one of a
smaller bound than is asked for now, is walked when it is loaded.

Deliberately not here: the walk (`core.soundness`).
"""

from functools import cache
from importlib import resources

from comity.core import canonical, fields
from comity.core.procedure import Procedure
from comity.core.soundness import Bound, require_sound

FILE = "certificates.json"


@cache
def certified() -> dict[str, Bound]:
    """Return the bound up to which each released table, by hash, was found without fault."""
    text = resources.files("comity.tracks").joinpath(FILE).read_bytes().removesuffix(b"\n")
    value = canonical.parse(text)
    found = ((table, fields.object_(value, table)) for table in value)
    return {
        table: Bound(fields.integer(one, "crossings"), fields.integer(one, "queue")) for table, one in found
    }


@cache
def check_sound(procedure: Procedure) -> None:
    """Raise `Unsound` for a table with faults; one without a certificate is walked here."""
    bound, asked = certified().get(procedure.hash), Bound()
    if bound is None or bound.crossings < asked.crossings or bound.queue < asked.queue:
        require_sound(procedure)
