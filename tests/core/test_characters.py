"""The table of characters against Unicode itself, whichever version this Python knows.

Not here: normalisation, and how texts are refused (`test_canonical`).
"""

import subprocess
import sys
import unicodedata
from pathlib import Path

from comity.core.characters import FORBIDDEN, UNICODE_VERSION

ROOT = Path(__file__).parents[2]
STANDS = [code_point for code_point in range(0x110000) if not FORBIDDEN.search(chr(code_point))]
# Marks, embeddings and overrides, isolates: section 2 of Unicode Standard Annex 9.
REORDERING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def test_whatever_stands_is_a_character_in_every_version_since() -> None:
    categories = {unicodedata.category(chr(code_point)) for code_point in STANDS if code_point not in (9, 10)}

    assert not categories & {"Cn", "Cs", "Co", "Cc"}
    # Unicode 14.0 has 144,697 graphic and format characters; twelve of them reorder, and tab and
    # line feed come to the rest.
    assert len(STANDS) == 144_697 - 12 + 2


def test_tab_and_line_feed_are_the_only_controls() -> None:
    controls = [code_point for code_point in STANDS if unicodedata.category(chr(code_point)) == "Cc"]

    assert controls == [9, 10]


def test_nothing_that_reorders_a_line_may_stand_in_it() -> None:
    assert all(FORBIDDEN.search(f"safe{control}efas") for control in REORDERING)
    bidirectional = {unicodedata.bidirectional(chr(code_point)) for code_point in STANDS}
    assert not bidirectional & {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}


def test_hindi_is_written_whole_with_its_joiners() -> None:
    devanagari = [chr(code_point) for code_point in range(0x0900, 0x0980)]

    assert not FORBIDDEN.search("".join(devanagari) + "\u200c\u200d₹")


def test_a_character_of_unicode_15_does_not_stand_whatever_this_python_knows() -> None:
    assert FORBIDDEN.search("\U0001e030")  # Cyrillic, 15.0
    assert FORBIDDEN.search("\u2ffc")  # ideographic description, 15.1
    assert FORBIDDEN.search("\u1c89")  # Cyrillic, 16.0


def test_the_table_is_what_the_script_writes_where_python_knows_that_unicode() -> None:
    done = subprocess.run(
        [sys.executable, "-B", ROOT / "scripts" / "make-characters", "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    if unicodedata.unidata_version == UNICODE_VERSION:
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    else:
        assert done.returncode == 2
        assert f"expected Unicode {UNICODE_VERSION}, got {unicodedata.unidata_version}" in done.stderr
