"""A part of a pack, read and checked as publication does it."""

from collections.abc import Mapping
from typing import Any, TypeVar

from shared.packs.language.section import Section
from shared.packs.language.yaml_reader import node_of
from shared.packs.publishing.duplicates import duplicates
from shared.packs.publishing.registry import errors

M = TypeVar("M", bound=Section)


class Refused(ValueError):
    """The errors of a part, one on each line: `goals[g]: duplicate id`."""


def checked(model: type[M], document: Mapping[str, Any]) -> M:
    """The part of `document`. Raises pydantic's ValidationError, or Refused with every error that checks find."""
    part = model.parse(document)
    tree = node_of(document, file="part")
    found = [
        *errors(part),
        *((each.path, each.message) for each in duplicates("part", tree, place=lambda _, path: tree.locate(path)[1])),
    ]
    if found:
        raise Refused("\n".join(f"{tree.locate(path)[1]}: {message}" for path, message in found))
    return part
