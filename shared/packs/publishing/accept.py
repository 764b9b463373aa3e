"""A pack that an organisation wants to publish: its sections, or every error."""

from shared.packs.documents import Documents, Sections, digest
from shared.packs.publishing.review import reviewed
from shared.packs.store import keep_sections, known_sections


def accepted(documents: Documents) -> Sections:
    """The sections of a pack that may be published; a pack that was accepted before is not checked again.

    Raises PackInvalid with every error.
    """
    key = digest(documents)
    return known_sections(key) or keep_sections(key, reviewed(documents))
