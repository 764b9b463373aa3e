"""The size up to which a pack is looked at."""

from typing import Final

from shared.packs.documents import Documents, canonical
from shared.packs.language.diagnostics import PackTooLarge

MOST_BYTES: Final = 512 * 1024
"""Of its JSON text. The event that announces it has a limit of its own, 256 KiB."""
MOST_NODES: Final = 16_000
"""Keys and items of a pack; five times those of the largest pack here."""


def refuse_too_large(documents: Documents) -> None:
    """Raises PackTooLarge for what is not looked at any closer."""
    if len(canonical(documents)) > MOST_BYTES:
        raise PackTooLarge(detail=f"a pack has at most {MOST_BYTES // 1024} KiB")
    left = MOST_NODES
    pending: list[object] = [documents]
    while pending:
        node = pending.pop()
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        left -= len(children)
        if left < 0:
            raise PackTooLarge(detail="too many keys and items", fields={"most": MOST_NODES})
        pending.extend(children)
