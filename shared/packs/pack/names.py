"""The names that pack.yaml declares."""

from shared.packs.language.declarations import Names
from shared.packs.pack.model import PackSection


def declared(section: PackSection) -> Names:
    """The roles and gaps."""
    return Names(
        roles=[(("roles", index, "id"), role.id) for index, role in enumerate(section.roles)],
        gaps=[(("gaps", index, "ref"), gap.ref) for index, gap in enumerate(section.gaps)],
    )
