"""Whether the texts of messages name only what they are given, and can be rendered, on each of their events."""

from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.diagnostics import Diagnostic
from shared.packs.language.shapes import ANYTHING, PLAIN, group, unknown_part
from shared.packs.language.types import Path
from shared.packs.language.wording import Wording
from shared.packs.language.wording_names import Variable
from shared.packs.notify.model.delivery import Locale
from shared.packs.notify.model.section import CUSTOMER, NotifySection, Rule, Template
from shared.packs.notify.names import LABELS, LINK, PARTY, SENDER, roots_of, texts
from shared.packs.publishing.draft import Draft
from shared.packs.publishing.text_samples import sample_of
from shared.packs.publishing.variable_parts import Shapes
from shared.packs.publishing.variables import Variables

_ZONE: Final = ZoneInfo("Asia/Shanghai")
_PARTY: Final = group(dict.fromkeys(PARTY, PLAIN))
_SENDER: Final = group(dict.fromkeys(SENDER, PLAIN))
_CASE_LINK: Final = ("case", LINK)
_CARRIES_LINKS: Final = "email"


def check_texts(draft: Draft) -> Iterator[Diagnostic]:
    """An error for each fault of a text; events that do not exist are reported where a rule names them."""
    notify = draft.part("notify", NotifySection)
    if notify is None:
        return
    variables = Variables(draft)
    facts = _Facts(draft)
    for path, template, locale, wording in texts(notify):
        events = dict.fromkeys(name for rule in notify.rules if rule.template == template.id for name in rule.on)
        said: dict[str, list[str]] = {}
        for event in (event for event in events if variables.is_spoken_on(event)):
            for fault in _faults(wording, event=event, locale=locale, given=_given(variables, event)):
                said.setdefault(fault, []).append(event)
        for fault, on in said.items():
            yield _error(path, f"on {', '.join(on)}: {fault}")
        if events:
            yield from (_error(path, fault) for fault in facts.faults(wording))
            yield from (_error(path, fault) for fault in _link_faults(draft, notify, template, wording))


def _error(path: Path, message: str) -> Diagnostic:
    return Diagnostic(severity="error", code="inconsistent", section="notify", path=path, message=message)


def _link_faults(draft: Draft, notify: NotifySection, template: Template, wording: Wording) -> Iterator[str]:
    """A link where the pack declares none, or where someone else than the customer would read it."""
    if not any(variable[:2] == _CASE_LINK for variable in wording.variables):
        return
    intake = draft.part("intake", IntakeSection)
    if intake is not None and intake.customer_links is None:
        yield "case.link needs `customer_links` in intake"
    for rule in notify.rules:
        if rule.template == template.id and not _is_for_customer_alone(rule):
            yield f"case.link is for the customer by email; rule {rule.id} tells others or over another channel"


def _is_for_customer_alone(rule: Rule) -> bool:
    return all(each.role == CUSTOMER for each in rule.recipients) and set(rule.channels) == {_CARRIES_LINKS}


def _given(variables: Variables, event: str) -> Shapes:
    """The variables of a text on one event."""
    seen = variables.on([event])
    case = group({**(seen["case"].parts or {}), **dict.fromkeys(LABELS, PLAIN), LINK: PLAIN})
    known = {root: seen[root] for root in roots_of([event]) if root in seen}
    return {
        **known,
        "case": case,
        "party": _PARTY,
        "sender": _SENDER,
        "cite": PLAIN,
        "facts": ANYTHING,
        "labels": ANYTHING,
    }


def _faults(wording: Wording, *, event: str, locale: Locale, given: Shapes) -> Iterator[str]:
    unknown = [fault for variable in wording.variables if (fault := _unknown(given, variable)) is not None]
    yield from dict.fromkeys(unknown)
    yield from wording.faults(sample_of(event), locale=locale, zone=_ZONE, ignores_undefined=bool(unknown))


def _unknown(given: Shapes, variable: Variable) -> str | None:
    """`no `event.due`; due_at?`."""
    if variable[0] not in given:
        return f"no `{'.'.join(variable)}`"
    fault = unknown_part(given, variable)
    if fault is None or not fault.startswith("no "):
        return fault
    name, _, guess = fault.removeprefix("no ").partition(";")
    return f"no `{name}`;{guess}" if guess else f"no `{name}`"


class _Facts:
    """The facts that other services get."""

    def __init__(self, draft: Draft) -> None:
        intake = draft.part("intake", IntakeSection)
        self._shared = {fact.id: fact.shared for fact in intake.facts} if intake is not None else {}
        self._left_out = draft.words

    def faults(self, wording: Wording) -> Iterator[str]:
        """A fact that is known to intake alone; one that does not exist is reported as a name."""
        read: dict[Variable, None] = dict.fromkeys(
            variable[:2] for variable in wording.variables if variable[0] in ("facts", "labels") and len(variable) > 1
        )
        for root, name in read:
            if not self._shared.get(name, True) and name not in self._left_out:
                yield f"{root}.{name} is not shared with other services"
