"""What a pack must have for an event to happen: a step that reaches it, a clock, a remedy, a type of case."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from shared.contracts.catalogue import BY_NAME, Place
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.types import Path
from shared.packs.notify.model.section import NotifySection
from shared.packs.publishing.draft import Draft
from shared.packs.settlement.model.section import Remedy, SettlementSection
from shared.packs.sla.model.clocks import Clock
from shared.packs.sla.model.section import SlaSection

CaseTypes = frozenset[str]

_CLOCKS: Final[Mapping[str, tuple[Callable[[Clock], bool], str]]] = {
    "clock.warned": (lambda clock: bool(clock.warn) or clock.severity == "warning", "warns"),
    "clock.breached": (lambda clock: clock.severity == "breach", "is breached"),
    "clock.excused": (lambda clock: clock.excusable, "is `excusable`"),
    "clock.extended": (lambda clock: clock.extension is not None, "has an `extension`"),
    "extension.requested": (lambda clock: clock.extension is not None, "has an `extension`"),
    "extension.rejected": (lambda clock: clock.extension is not None, "has an `extension`"),
}
"""The clocks that an event is about, where these are not all."""
_REMEDIES: Final[Mapping[str, tuple[Callable[[Remedy], bool], str]]] = {
    **dict.fromkeys(
        ("remedy.payout_requested", "remedy.payout_in_doubt", "remedy.payout_failed"),
        (lambda remedy: remedy.mode == "money", "is of mode `money`"),
    ),
    **dict.fromkeys(
        ("remedy.goods_returned", "remedy.replacement_released"),
        (lambda remedy: remedy.mode == "replacement", "is of mode `replacement`"),
    ),
    "remedy.certificate_recorded": (
        lambda remedy: remedy.tax is not None and remedy.tax.certificate is not None,
        "has a `tax.certificate`",
    ),
}
"""The remedies that an event is about, where these are not all."""
_WITHDRAWALS: Final = frozenset({"remedy.withdrawn", "remedy.not_withdrawn"})


@dataclass(frozen=True)
class Means:
    """By what the events of a pack happen. Of what is malformed or unreadable everything may come."""

    draft: Draft

    def lacking(self, event: str, *, case_types: CaseTypes | None) -> str | None:
        """What the pack lacks for the event to happen to cases of these types (None: of any); None when nothing."""
        if event in BY_NAME:
            return self._lacking_means(event, case_types)
        reaching = self._reaching.get(event)
        if reaching is None or case_types is None or "events" in self.draft.uncertain or reaching & case_types:
            return None
        return f"no step that reaches it is for {_shown(case_types)}"

    def case_types_at(self, section: str, path: Path, place: Place) -> CaseTypes | None:
        """The types of the cases that a place is about; None where that is not limited."""
        intake = self._intake
        if intake is None or place in (Place.LINKED_GATE, Place.LINKED_REACTION):
            return None
        limits = self._limits(section, path, intake)
        return frozenset(limits) & frozenset(intake.case_types_by_id) or None if limits else None

    def _limits(self, section: str, path: Path, intake: IntakeSection) -> set[str]:
        sla = self.draft.part("sla", SlaSection)
        limits: Sequence[str] = ()
        match (section, *path):
            case ("sla", "clocks" | "indicators" as key, int(i), *_) if sla is not None:
                limits = getattr(sla, key)[i].case_types
            case ("intake", "steps" | "retention" | "evidence_retention" | "looks" | "unique" as key, int(i), *_):
                limits = getattr(intake, key)[i].case_types
            case ("intake", "gates", int(i), *_):
                users = [step for step in intake.steps if intake.gates[i].id in step.require]
                limits = (
                    [name for step in users for name in step.case_types] if all(s.case_types for s in users) else ()
                )
            case ("intake", "recurring", int(i), *_) if (sample := intake.recurring[i].sample) is not None:
                limits = sample.case_types
            case ("intake", "samples", int(i), *_):
                limits = intake.samples[i].from_.case_types
            case _:
                pass
        return set(limits)

    @cached_property
    def _intake(self) -> IntakeSection | None:
        return self.draft.part("intake", IntakeSection)

    @cached_property
    def _reaching(self) -> Mapping[str, CaseTypes]:
        """The types of the cases that reach each milestone of the pack."""
        found: dict[str, CaseTypes] = {}
        for step in self._intake.steps if self._intake is not None else ():
            types = self._intake.types_meant(step.case_types) if self._intake is not None else frozenset()
            after = types | {step.becomes} if step.becomes else types
            for name in step.reached():
                found[name] = found.get(name, frozenset()) | after
        return found

    def _lacking_means(self, event: str, case_types: CaseTypes | None) -> str | None:
        aggregate = event.partition(".")[0]
        if aggregate in ("clock", "extension") and self._is_known("sla"):
            return self._lacking_clock(event, case_types)
        if aggregate == "remedy" and self._is_known("settlement"):
            return self._lacking_remedy(event)
        if aggregate == "message" and self._is_known("notify"):
            notify = self.draft.part("notify", NotifySection)
            return None if notify is None or notify.rules else "the pack has no notify rule"
        if event == "case.purged" and self._is_known("intake") and self._intake is not None:
            kept = {name for rule in self._intake.retention for name in self._intake.types_meant(rule.case_types)}
            is_kept = kept & case_types if case_types is not None else kept
            return None if is_kept else f"no `retention` rule is for {_shown(case_types)}"
        if event == "evidence.added" and self._is_known("intake") and self._intake is not None:
            return None if self._intake.evidence else "the pack has no kind of `evidence`"
        return None

    def _is_known(self, section: str) -> bool:
        """False where something of the section is malformed."""
        part = self.draft.sections.get(section)
        return part is not None and part.section is not None and not part.touched

    def _lacking_clock(self, event: str, case_types: CaseTypes | None) -> str | None:
        sla = self.draft.part("sla", SlaSection)
        fits, does = _CLOCKS.get(event, (lambda _: True, ""))
        clocks = sla.clocks if sla is not None else ()
        about = [
            clock
            for clock in clocks
            if case_types is None or self._intake is None or case_types & self._intake.types_meant(clock.case_types)
        ]
        if any(fits(clock) for clock in about):
            return None
        return f"no clock for {_shown(case_types)}{f' {does}' if does else ' is in the pack'}"

    def _lacking_remedy(self, event: str) -> str | None:
        if event in _WITHDRAWALS and self._is_known("intake") and self._intake is not None:
            withdraws = any(step.withdraws for step in self._intake.steps)
            return None if withdraws else "no step `withdraws` remedies"
        settlement = self.draft.part("settlement", SettlementSection)
        fits, does = _REMEDIES.get(event, (lambda _: True, "is in the pack"))
        remedies = settlement.remedies if settlement is not None else ()
        return None if any(fits(remedy) for remedy in remedies) else f"no remedy {does}"


def _shown(case_types: CaseTypes | None) -> str:
    return "any case" if case_types is None else f"cases of type {', '.join(sorted(case_types))}"
