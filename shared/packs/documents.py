"""A pack as five plain documents: how it is published, stored, compared and parsed into sections."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson
from pydantic import ValidationError

from shared.packs.intake.model import IntakeSection
from shared.packs.language.diagnostics import Finding
from shared.packs.language.hours import TIME
from shared.packs.language.section import Section
from shared.packs.language.types import CITATION, EVENT, ID
from shared.packs.notify.model import NotifySection
from shared.packs.pack.model import PackSection
from shared.packs.settlement.model import SettlementSection
from shared.packs.sla.model import SlaSection

KEYS: Final = ("pack", "intake", "sla", "settlement", "notify")

Document = Mapping[str, object]
Documents = Mapping[str, Document]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """The five parsed sections of one pack; shared by all organisations that publish the same one."""

    pack: PackSection
    intake: IntakeSection
    sla: SlaSection
    settlement: SettlementSection
    notify: NotifySection


MODELS: Final[Mapping[str, type[Section]]] = {
    model.KEY: model for model in (PackSection, IntakeSection, SlaSection, SettlementSection, NotifySection)
}
"""The section class of each document."""


_WRITTEN: Final[Mapping[str, str]] = {
    ID: "an id is lower case, with _ or - between words: `refund_slip`",
    EVENT: "an event is called `thing.happened`, lower case: `case.accepted`",
    CITATION: "a citation is a rule's id (capitals, a dash, the number), a space, the place in the source: `LS-3 s.3`",
    TIME: 'a time of day has four digits: "08:00"',
}
"""What is said of text that does not fit a pattern."""


def canonical(documents: Documents) -> bytes:
    """The one JSON text of `documents`: keys sorted, no spaces, UTF-8."""
    return orjson.dumps(documents, option=orjson.OPT_SORT_KEYS)


def digest(documents: Documents) -> str:
    """SHA-256 of the canonical JSON, in hex: equal packs have equal digests."""
    return hashlib.sha256(canonical(documents)).hexdigest()


def parse_sections(documents: Documents) -> tuple[Sections | None, list[Finding]]:
    """The typed sections, or None and every fault. A missing document is an empty one."""
    parsed: dict[str, Section] = {}
    findings = [_unknown_document(key) for key in documents if key not in KEYS]
    for key, model in MODELS.items():
        try:
            parsed[key] = model.parse(documents.get(key, {}))
        except ValidationError as error:
            findings += _findings(key, error)
    if findings:
        return None, findings
    return Sections(**parsed), []  # type: ignore[arg-type]


def _unknown_document(key: str) -> Finding:
    return Finding(severity="error", code="schema", section=key, path=(), message=f"a pack has only {', '.join(KEYS)}")


def _findings(section: str, error: ValidationError) -> list[Finding]:
    return [
        Finding(severity="error", code="schema", section=section, path=fault["loc"], message=_said(fault))
        for fault in error.errors(include_url=False, include_input=False)
    ]


def _pattern(fault: Mapping[str, object]) -> str:
    context = fault.get("ctx")
    return str(context["pattern"]) if isinstance(context, Mapping) else ""


def _said(fault: Mapping[str, object]) -> str:
    match fault["type"]:
        case "missing":
            return "missing"
        case "extra_forbidden" | "unexpected_keyword_argument":
            return "unknown key"
        case "string_pattern_mismatch" if (pattern := _pattern(fault)) in _WRITTEN:
            return _WRITTEN[pattern]
        case _:
            message = str(fault["msg"]).removeprefix("Value error, ")
            return message[:1].lower() + message[1:]
