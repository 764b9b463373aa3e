"""A pack that an organisation wants to publish: what is stored and announced, and its sections, or every error."""

from shared.packs.documents import Documents, Sections, digest
from shared.packs.publishing.renamed import renamed
from shared.packs.publishing.review import reviewed
from shared.packs.store import keep_sections, known_sections


def accepted(documents: Documents) -> tuple[Documents, Sections]:
    """The documents to publish, in which events have their present names, and their sections.

    A pack that was accepted before is not checked again. Raises PackInvalid with every error.
    """
    current, _ = renamed(documents)
    key = digest(current)
    return current, known_sections(key) or keep_sections(key, reviewed(current))
