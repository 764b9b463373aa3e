"""Links in the words of a message: stored by their ids, sent with their secrets."""

import re
from collections.abc import Mapping
from typing import Final

from shared.kernel.case_link import FRAGMENT, CaseLink, address

_NAMED: Final = re.compile(re.escape(FRAGMENT) + r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def printed(page: str, link: CaseLink | None) -> str:
    """What a text prints for a link: its id in place of its secret; the page alone when there is no link."""
    return page if link is None else address(page, link.link_id)


def named_links(words: str) -> frozenset[str]:
    """The ids of the links that stand in `words`."""
    return frozenset(_NAMED.findall(words))


def with_secrets(words: str, secrets: Mapping[str, str]) -> str:
    """`words` with the secret of each link whose id is among `secrets`."""
    return _NAMED.sub(lambda found: FRAGMENT + secrets.get(found[1], found[1]), words)
