"""Pages with generated blocks between markers: `<!-- begin: verbs -->` … `<!-- end: verbs -->`."""

import re
from collections.abc import Callable, Mapping
from typing import Final

_BLOCK: Final = re.compile(r"(<!-- begin: (\w+) -->\n).*?(<!-- end: \2 -->)", re.DOTALL)


def with_blocks(text: str, blocks: Mapping[str, Callable[[], str]], *, place: str) -> str:
    """`text` with each block as it is made. Raises ValueError, before any is made, unless each is in the page once."""
    found = [name for _, name, _ in _BLOCK.findall(text)]
    if sorted(found) != sorted(blocks):
        raise ValueError(f"{place} needs each of these blocks once: {', '.join(blocks)}")
    return _BLOCK.sub(lambda block: f"{block[1]}\n{blocks[block[2]]()}\n\n{block[3]}", text)
