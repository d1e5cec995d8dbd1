"""What a template shows of one field of a body: a value, and no rule.

Deliberately not here: how it is found (`contents`, `annex`).
"""

from dataclasses import dataclass

from comity.web.moments import Moment


@dataclass(frozen=True, slots=True)
class Shown:
    """One field: its label, and what stands there.

    `kind` says for the template which of the rest counts: text, code, day, case, both
    (English and Hindi), fields (of a record), items (of a list).
    """

    label: str
    kind: str
    text: str = ""
    moment: Moment | None = None
    both: tuple[tuple[str, str], ...] = ()
    parts: tuple["Shown", ...] = ()
