"""A pack that an organisation wants to publish: what is stored and announced, and its sections, or every error."""

from dataclasses import dataclass

from shared.packs.documents import Documents, Sections, digest, parse_sections
from shared.packs.language.diagnostics import PackInvalid
from shared.packs.publishing.apart import CHECKER
from shared.packs.publishing.renamed import renamed
from shared.packs.publishing.size import refuse_too_large
from shared.packs.store import keep_sections, known_sections


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A pack without errors. In its documents events have their present names."""

    documents: Documents
    digest: str
    sections: Sections


async def accepted(documents: Documents, *, share: str) -> Accepted:
    """The pack to publish, checked in another process in the turn of `share`, the organisation.

    A pack that was accepted before is not checked again. Raises PackInvalid, PackTooLarge, PackTooComplex, Overloaded.
    """
    refuse_too_large(documents)
    current, _ = renamed(documents)
    key = digest(current)
    if (known := known_sections(key)) is None:
        found = await CHECKER.check(current, share=share)
        errors = [finding for finding in found.findings if finding.severity == "error"]
        if errors:
            raise PackInvalid([f"{each.section}: {each.message}" for each in errors], more=found.more)
        known = known_sections(key) or keep_sections(key, parse_sections(current))
    return Accepted(documents=current, digest=key, sections=known)
