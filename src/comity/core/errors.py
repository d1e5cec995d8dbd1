"""The two ways in which a value from outside can be wrong.

`Malformed`: the bytes are not a value at all. `Refused` and `NotYet` live in
`verdict`, because they are *verdicts* about a well-formed turn and cross the
wire; an exception here never does. Deliberately not here: anything that
depends on a database, a network or a language (pages translate the `code`).
"""


class ComityError(Exception):
    """The root of all errors that this package raises on purpose.

    `code` is stable, lower-kebab, and may be shown, logged and documented.
    The message is English, for people, and may be reworded.
    """

    code = "error"


class Malformed(ComityError):
    """Bytes or text that do not parse, or are not in their one spelling."""

    code = "malformed"


class Unproven(ComityError):
    """A signature, hash or proof that does not hold."""

    code = "unproven"
