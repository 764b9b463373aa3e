"""What people read for the ids of a pack, by the setting in which an id stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from shared.kernel.text import Text
from shared.packs.documents import Sections

_SETTINGS: Final[Mapping[str, str]] = {
    "roles": "role",
    "instead": "role",
    "owner": "role",
    "role": "role",
    "approver_role": "role",
    "by": "role",
    "handled_by": "role",
    "recipients": "role",
    "not_by_who": "step",
    "from_": "status",
    "goto": "status",
    "status": "status",
    "statuses": "status",
    "step": "step",
    "initial": "status",
    "case_types": "case_type",
    "case_type": "case_type",
    "opens": "case_type",
    "remedies": "remedy",
    "becomes": "case_type",
    "requires": "fact",
    "require": "gate",
    "document": "document",
    "template": "document",
    "basis": "document",
    "record": "record",
    "kind": "evidence",
    "kinds": "evidence",
    "calendar": "calendar",
    "roll_to": "calendar",
    "snap_to": "calendar",
    "debit": "account",
    "credit": "account",
}
"""What kind of thing a setting names."""


class _Labelled(Protocol):
    @property
    def id(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Labels of a pack's things by kind and id, and of events by the steps that reach them."""

    by_kind: Mapping[str, Mapping[str, Text]]
    events: Mapping[str, tuple[Text, ...]]

    def of(self, setting: str, name: str) -> Text | None:
        """The label of what `setting` names, or None."""
        return self.by_kind.get(_SETTINGS.get(setting, ""), {}).get(name)


def labels_of(sections: Sections) -> Labels:
    """All labels of a pack."""
    intake = sections.intake
    reached: dict[str, tuple[Text, ...]] = {}
    for step in intake.steps:
        for event in step.reached():
            reached[event] = (*reached.get(event, ()), step.label)
    return Labels(
        by_kind={
            "role": _labels(sections.pack.roles),
            "status": _labels(intake.statuses),
            "case_type": _labels(intake.case_types),
            "fact": _labels(intake.facts),
            "step": _labels(intake.steps),
            "gate": {gate.id: gate.message for gate in intake.gates},
            "document": _labels(intake.documents),
            "record": _labels(intake.records),
            "evidence": _labels(intake.evidence),
            "calendar": _labels(sections.sla.calendars),
            "account": _labels(sections.settlement.accounts),
            "remedy": _labels(sections.settlement.remedies),
        },
        events=reached,
    )


def _labels(things: Iterable[_Labelled]) -> Mapping[str, Text]:
    return {thing.id: label for thing in things if isinstance(label := getattr(thing, "label", None), Text)}
