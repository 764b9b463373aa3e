"""A pack as five plain documents: how it is published, stored, compared and parsed into sections."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from shared.kernel.money import is_currency
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.section import Section
from shared.packs.language.words import Words
from shared.packs.notify.model.section import NotifySection
from shared.packs.pack.model import PackSection
from shared.packs.pack.words import words_of as words_of_pack
from shared.packs.pack.words import zone_of
from shared.packs.settlement.model.section import SettlementSection
from shared.packs.sla.model.section import SlaSection
from shared.packs.sla.worked_days import calendars_in

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


def may_be_absent(key: str) -> bool:
    """Whether a pack may do without a section."""
    return not any(field.is_required() for field in MODELS[key].model_fields.values())


def canonical(documents: Documents) -> bytes:
    """The one JSON text of `documents`: keys sorted, no spaces, UTF-8."""
    return orjson.dumps(documents, option=orjson.OPT_SORT_KEYS)


def digest(documents: Documents) -> str:
    """SHA-256 of the canonical JSON, in hex: equal packs have equal digests."""
    return hashlib.sha256(canonical(documents)).hexdigest()


def completed(documents: Documents) -> Documents:
    """The documents with the pack's currency in each remedy and each limit of the approval table that names none."""
    settlement, currency = documents.get(SettlementSection.KEY), documents.get(PackSection.KEY, {}).get("currency")
    if settlement is None or not isinstance(currency, str) or not is_currency(currency):
        return documents
    filled = dict(settlement)
    for key in ("remedies", "approval", "own_approval"):
        items = settlement.get(key)
        if isinstance(items, list):
            filled[key] = [_in_currency(item, currency) for item in items]
    return {**documents, SettlementSection.KEY: filled}


def _in_currency(item: object, currency: str) -> object:
    if not isinstance(item, Mapping) or "currency" in item or item.get("up_to", currency) is None:
        return item
    return {**item, "currency": currency}


def words_of(documents: Documents) -> Words:
    """The words of the pack: its zone, definitions, tables and calendars, as far as its documents are well formed."""
    pack = documents.get(PackSection.KEY, {})
    calendar = calendars_in(documents.get(SlaSection.KEY, {}), zone=zone_of(pack))
    return words_of_pack(pack, calendar=calendar)


def parse_section(key: str, document: Document, *, words: Words) -> Section:
    """One typed section, whose expressions may use the words of the pack. Raises pydantic's ValidationError."""
    return MODELS[key].parse(document, words=words)


def parse_sections(documents: Documents) -> Sections:
    """The typed sections of documents that were accepted before. Raises pydantic's ValidationError.

    A missing document is an empty one.
    """
    whole, words = completed(documents), words_of(documents)
    return Sections(**{key: parse_section(key, whole.get(key, {}), words=words) for key in KEYS})  # type: ignore[arg-type]
