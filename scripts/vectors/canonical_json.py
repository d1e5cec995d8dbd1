"""Vectors for the restricted JSON: what has a spelling, and what is refused.

Deliberately not here: what the values mean.
"""

from typing import Any

from scripts.vectors.story import bad

from comity.core import canonical

GOOD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("an example", {"case": "IN-5f0c", "n": 1, "says": "notify", "seen": None}),
    ("an empty object", {}),
    (
        "keys in the order of their bytes",
        {"b": 1, "B": 2, "a-b": 3, "a": 4, "a_b": 5, "a b": 6, "10": 7, "9": 8},
    ),
    ("the ends of the integers", {"least": -(2**53) + 1, "most": 2**53 - 1, "zero": 0}),
    ("the escapes", {"text": 'a quote ", a backslash \\, a tab \t and a line feed \n'}),
    ("no other escapes", {"text": "a slash / and a less-than <"}),
    ("Hindi, with the joiners that it needs", {"name": "नई दिल्ली", "joined": "क्‍ष", "apart": "क्‌ष"}),
    ("beyond the first plane", {"text": "𐍈 and 😀"}),
    ("a composed letter", {"text": "é"}),
    ("sixteen levels", {"a": [[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}),
    ("true, false and null", {"t": True, "f": False, "n": None, "list": []}),
)


def _refused() -> list[dict[str, str]]:
    spelling, read = "one spelling", "canonical-json"
    given: list[tuple[str, str, bytes]] = [
        ("a space", spelling, b'{"a": 1}'),
        ("a line feed at the end", spelling, b'{"a":1}\n'),
        ("keys out of order", spelling, b'{"b":1,"a":2}'),
        ("a key twice", spelling, b'{"a":1,"a":1}'),
        ("a letter escaped without need", spelling, b'{"a":"\\u0041"}'),
        ("a slash escaped", spelling, b'{"a":"\\/"}'),
        ("a tab escaped by number", spelling, b'{"a":"\\u0009"}'),
        ("minus zero", "", b'{"a":-0}'),
        ("a float", "floating-point", b'{"a":1.5}'),
        ("a whole number written as a float", "floating-point", b'{"a":1.0}'),
        ("an exponent", "floating-point", b'{"a":1e3}'),
        ("an integer too large", "integer within", b'{"a":9007199254740992}'),
        ("an integer beyond 64 bits", "floating-point", b'{"a":18446744073709551616}'),
        ("NaN", "not JSON", b'{"a":NaN}'),
        ("a list at the top", "expected an object", b"[]"),
        ("nothing", "not JSON", b""),
        ("a byte order mark", "not JSON", b'\xef\xbb\xbf{"a":1}'),
        ("two objects", "not JSON", b"{}{}"),
        ("a comment", "not JSON", b'{"a":1}//'),
        ("an unfinished string", "not JSON", b'{"a":"'),
        ("bytes that are not UTF-8", "not JSON", b'{"a":"\xff"}'),
        ("an overlong form of UTF-8", "not JSON", b'{"a":"\xc0\xaf"}'),
        ("half of a surrogate pair", "not JSON", b'{"a":"\\ud800"}'),
        ("NUL", "U+0000", b'{"a":"\\u0000"}'),
        ("a carriage return", "U+000D", b'{"a":"\\r"}'),
        ("DEL", "U+007F", b'{"a":"\x7f"}'),
        ("a control of the second block", "U+0085", '{"a":"\u0085"}'.encode()),
        ("an override of direction", "U+202E", '{"a":"\u202e"}'.encode()),
        ("an isolate of direction", "U+2066", '{"a":"\u2066"}'.encode()),
        ("a mark of direction", "U+200F", '{"a":"\u200f"}'.encode()),
        ("a private-use character", "U+E000", '{"a":"\ue000"}'.encode()),
        ("a code point that is no character", "U+FFFE", '{"a":"\ufffe"}'.encode()),
        ("a character that came with Unicode 15", "U+1E030", '{"a":"\U0001e030"}'.encode()),
        ("a letter and its accent apart", "form C", '{"a":"e\u0301"}'.encode()),
        ("a key that is not ASCII", "ASCII", '{"é":1}'.encode()),
        ("an empty key", "ASCII", b'{"":1}'),
        ("a key with a control character", "control", b'{"a\\tb":1}'),
        ("a key of 65 characters", "ASCII", b'{"' + b"k" * 65 + b'":1}'),
        ("seventeen levels", "nested deeper", b'{"a":' + b"[" * 16 + b"]" * 16 + b"}"),
        ("ten thousand levels", "not JSON", b"[" * 10_000),
    ]
    return [bad(read, why, "malformed", reason, text) for why, reason, text in given]


def canonical_json_vectors() -> dict[str, Any]:
    """All of them: the one spelling of each value with its hash, and what is refused."""
    good = []
    for why, value in GOOD:
        text = canonical.encode(value)
        good.append({"why": why, "text": text.decode(), "sha256": canonical.digest(text)})
    return {"good": good, "bad": _refused()}
