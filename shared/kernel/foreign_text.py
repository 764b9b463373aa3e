"""Text that another system wrote, before it is stored and shown: no control, no override of direction, no surrogate.

Unicode Technical Report 36 (3.1, bidirectional text spoofing) and RFC 9839 (problematic code points) name what is left
out. Letters of every script stay, and so does what joins them (ZWJ, ZWNJ).
"""

import re
import unicodedata
from typing import Final

UNSEEN: Final = (
    r"\u0000-\u001f\u007f-\u009f"  # C0, DEL, C1
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks, embeddings, overrides and isolates of direction
    r"\u00ad\u200b\u2028\u2029\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb"  # invisible, separators, deprecated
)
"""Characters of a class of a regular expression, of Python and ECMA-262 alike: what a line of text shows not at all, or
in another order than it is written."""
_SURROGATES_AND_NON_CHARACTERS: Final = r"\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
_REFUSED: Final = re.compile(f"[{UNSEEN}{_SURROGATES_AND_NON_CHARACTERS}]")
_CUT: Final = "…"


def is_plain(text: str) -> bool:
    """True when `text` holds nothing that `cleaned` would leave out and no outer space."""
    return _REFUSED.search(text) is None and text == text.strip()


def cleaned(text: str, *, longest: int) -> str:
    """`text` in one line of at most `longest` characters (NFC); what is left out is a space, a cut ends in `…`."""
    scanned = text[: longest * 8]
    line = " ".join(unicodedata.normalize("NFC", _REFUSED.sub(" ", scanned)).split())
    return line if len(line) <= longest and len(scanned) == len(text) else line[: longest - len(_CUT)] + _CUT
