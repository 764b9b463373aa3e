"""The notify section of a policy pack: who is told what, on which event, in which words.

Checked when published: every text in both languages, every name in a text against the event that the
rule speaks of, every text rendered once with sample data for each event it is used on.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import UnionType
from typing import Annotated, Any, ClassVar, Final, Literal, Self, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, model_validator

from shared.contracts import intake, settlement, sla
from shared.contracts.envelope import Contract
from shared.policy.section import Cite, EventName, Expr, Ident, Name, Names, Path, Scope, Section, Text
from shared.policy.sections.wording import Anything, Wording, WordingInvalid

Locale = Literal["zh-CN", "en"]
ChannelName = Literal["email", "webhook", "internal"]

LOCALES: Final[tuple[Locale, ...]] = ("zh-CN", "en")
CUSTOMER: Final = "customer"
FIRST_RESPONDER: Final = "first_responder"
OWNER: Final = "owner"
RELATIVE_ROLES: Final = frozenset({CUSTOMER, FIRST_RESPONDER, OWNER})

EmailAddress = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$")
]

PUBLISHED: Final[tuple[type[Contract], ...]] = (
    intake.CaseRegisteredV1, intake.EvidenceAddedV1, intake.CasePurgedV1,
    sla.ClockStartedV1, sla.ClockRetargetedV1, sla.ClockStoppedV1, sla.ClockCancelledV1,
    sla.ClockWarnedV1, sla.ClockBreachedV1,
    sla.ExtensionRequestedV1, sla.ExtensionRejectedV1, sla.ClockExtendedV1, sla.ClockExcusedV1,
    settlement.RemedyQuotedV1, settlement.QuoteExpiredV1, settlement.ProposalOfferedV1, settlement.ProposalAcceptedV1,
    settlement.ProposalRejectedV1, settlement.ApprovalRecordedV1, settlement.SettlementApprovedV1,
    settlement.SettlementDeclinedV1, settlement.CertificateRecordedV1, settlement.PayoutRequestedV1,
    settlement.PayoutInDoubtV1, settlement.PayoutFailedV1, settlement.SettlementExecutedV1,
    settlement.GoodsReturnedV1, settlement.ReplacementReleasedV1,
)  # fmt: skip
CONTRACT_OF_EVENT: Final[Mapping[str, type[Contract]]] = {contract.milestone(): contract for contract in PUBLISHED}

_CASE: Final = frozenset(
    {"case_id", "number", "case_type", "channel", "status", "previous_status", "owner", "first_responder",
     "customer_ref", "received_at", "milestones"}
)  # fmt: skip
_LABELS: Final = frozenset({"status_label", "owner_label"})
_PARTY: Final = frozenset({"name", "role"})
_SENDER: Final = frozenset({"name"})
_RECORD: Final = frozenset({"kind", "fields"})
_DOCUMENT: Final = frozenset({"template", "number", "state", "fields", "signed_by", "recipients"})
_EVENT: Final = frozenset({"name", "occurred_at"})
_SAMPLE_AT: Final = datetime(2026, 3, 16, 9, tzinfo=UTC)
_ZONE: Final = ZoneInfo("Asia/Shanghai")


class TemplateText(Section):
    """Subject (one line) and body of a message in one language."""

    subject: Wording
    body: Wording


class Template(Section):
    """The words of a message in all languages; `version` counts up when a pack's author rewords it."""

    id: Ident
    version: Annotated[int, Field(ge=1, le=10_000)] = 1
    channels: Annotated[tuple[ChannelName, ...], Field(min_length=1)] = ("email", "internal")
    locales: dict[Locale, TemplateText]

    @model_validator(mode="after")
    def _all_locales(self) -> Self:
        if missing := [locale for locale in LOCALES if locale not in self.locales]:
            msg = f"template {self.id} has no text in {', '.join(missing)}"
            raise ValueError(msg)
        return self


class Recipient(Section):
    """Who: `customer`, `first_responder`, `owner` (the case's owning role), or a role of the pack."""

    role: Ident


class Address(Section):
    """Where a role or one person (by token subject) is reached; a party recorded on the case wins."""

    role: Ident | None = None
    subject: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    email: EmailAddress
    locale: Locale | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.role is None) == (self.subject is None):
            msg = "an address is of a role or of a subject"
            raise ValueError(msg)
        return self


class Deadline(Section):
    """After this much elapsed time since the event, the message says nothing useful and is skipped."""

    amount: Annotated[int, Field(ge=1, le=10_000)]
    unit: Literal["minute", "hour", "day"]

    def elapsed(self) -> timedelta:
        """The length of time."""
        return {
            "minute": timedelta(minutes=self.amount),
            "hour": timedelta(hours=self.amount),
            "day": timedelta(days=self.amount),
        }[self.unit]


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else (value,) if isinstance(value, str) else value


class Rule(Section):
    """One duty to tell somebody something. `on` is one canonical event name or several."""

    id: Ident
    cite: Cite
    on: Annotated[tuple[EventName, ...], BeforeValidator(_listed), Field(min_length=1)]
    when: Expr | None = None
    recipients: Annotated[tuple[Recipient, ...], Field(min_length=1)]
    channels: Annotated[tuple[ChannelName, ...], Field(min_length=1)] = ("email", "internal")
    template: Ident
    still_valid: Expr | None = None
    once_per: Literal["event", "case"] = "event"
    deadline: Deadline | None = None
    step: Annotated[int, Field(ge=1, le=100)] = 1


class Sender(Section):
    """In whose name messages go out."""

    name: Text
    email: EmailAddress


class Defaults(Section):
    """The language for recipients who have stated none, and the sender."""

    locale: Locale = "zh-CN"
    sender: Sender


class NotifySection(Section):
    """What notify.yaml holds."""

    KEY: ClassVar[str] = "notify"

    defaults: Defaults
    addresses: tuple[Address, ...] = ()
    templates: tuple[Template, ...] = ()
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        faults = [*self._duplicates(), *self._bad_texts()]
        if faults:
            raise ValueError("; ".join(faults[:20]))
        return self

    def template(self, template_id: str) -> Template:
        """The template of a rule (publication made sure that there is one)."""
        return next(template for template in self.templates if template.id == template_id)

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def rules_on(self, event: str) -> Iterator[Rule]:
        """The rules that speak on a canonical event, in pack order."""
        return (rule for rule in self.rules if event in rule.on)

    def declares(self) -> Names:
        return Names(templates=[(("templates", i, "id"), template.id) for i, template in enumerate(self.templates)])

    def references(self) -> Names:
        rules = list(enumerate(self.rules))
        return Names(
            events=[(("rules", i, "on", j), name) for i, rule in rules for j, name in enumerate(rule.on)],
            roles=[*self._recipient_roles(), *self._address_roles()],
            templates=[(("rules", i, "template"), rule.template) for i, rule in rules],
            facts=list(self._template_facts()),
        )

    def scopes(self) -> Sequence[Scope]:
        return [Scope(path=("rules", i), roots=_roots(rule.on)) for i, rule in enumerate(self.rules)]

    def _recipient_roles(self) -> Iterator[Name]:
        for i, rule in enumerate(self.rules):
            for j, recipient in enumerate(rule.recipients):
                if recipient.role not in RELATIVE_ROLES:
                    yield ("rules", i, "recipients", j, "role"), recipient.role

    def _address_roles(self) -> Iterator[Name]:
        for i, address in enumerate(self.addresses):
            if address.role is not None and address.role not in RELATIVE_ROLES:
                yield ("addresses", i, "role"), address.role

    def _texts(self) -> Iterator[tuple[Path, Template, Locale, Wording]]:
        for i, template in enumerate(self.templates):
            for locale, text in template.locales.items():
                yield ("templates", i, "locales", locale, "subject"), template, locale, text.subject
                yield ("templates", i, "locales", locale, "body"), template, locale, text.body

    def _template_facts(self) -> Iterator[Name]:
        for path, _, _, wording in self._texts():
            for variable in wording.variables:
                if variable[0] in ("facts", "labels") and len(variable) > 1:
                    yield path, variable[1]

    def _duplicates(self) -> Iterator[str]:
        for kind, ids in (("template", [t.id for t in self.templates]), ("rule", [r.id for r in self.rules])):
            for name in sorted({name for name in ids if ids.count(name) > 1}):
                yield f"two {kind}s are called {name}"

    def _bad_texts(self) -> Iterator[str]:
        for path, template, locale, wording in self._texts():
            for event in sorted({name for rule in self.rules if rule.template == template.id for name in rule.on}):
                fault = _fault(wording, event=event, locale=locale)
                if fault:
                    yield f"{'.'.join(map(str, path))} on {event}: {fault}"


def _roots(events: Sequence[str]) -> dict[str, frozenset[str] | None]:
    """What may stand after each first name in the expressions of a rule that speaks on all of `events`."""
    fields = frozenset.intersection(*(frozenset(_contract(event).model_fields) for event in events)) | _EVENT
    roots: dict[str, frozenset[str] | None] = {"case": _CASE, "event": fields}
    if all(_contract(event) is intake.CaseAdvancedV1 for event in events):
        roots |= {"document": _DOCUMENT, "record": _RECORD}
    return roots


def _contract(event: str) -> type[Contract]:
    return CONTRACT_OF_EVENT.get(event, intake.CaseAdvancedV1)


def _fault(wording: Wording, *, event: str, locale: Locale) -> str | None:
    roots = _roots([event]) | {"case": _CASE | _LABELS, "party": _PARTY, "sender": _SENDER}
    for root, *rest in wording.variables:
        if root in ("cite", "facts", "labels"):
            continue
        if root not in roots or (rest and rest[0] not in (roots[root] or ())):
            return f"no `{'.'.join((root, *rest))}`"
    try:
        wording.check(_sample(event), locale=locale, zone=_ZONE)
    except WordingInvalid as error:
        return error.detail
    return None


class _Open(dict[str, object]):
    """A sample of a map whose keys the pack decides."""

    def __missing__(self, key: str) -> Anything:
        return Anything(key)


def _sample(event: str) -> dict[str, object]:
    fields = {name: _sample_of(field.annotation) for name, field in _contract(event).model_fields.items()}
    return {
        "case": {name: name for name in _CASE | _LABELS} | {"received_at": _SAMPLE_AT, "milestones": [event]},
        "facts": _Open(),
        "labels": _Open(),
        "event": fields | {"name": event, "occurred_at": _SAMPLE_AT},
        "document": {name: name for name in _DOCUMENT} | {"fields": _Open(), "signed_by": ["a"], "recipients": ["b"]},
        "record": {"kind": "kind", "fields": _Open()},
        "party": {"name": "name", "role": "role"},
        "sender": {"name": "sender"},
        "cite": "X-1 Art.1",
    }


def _sample_of(annotation: Any) -> object:
    origin = get_origin(annotation)
    if origin is Annotated or origin in (Union, UnionType):
        return _sample_of(get_args(annotation)[0])
    if origin is dict:
        return _Open()
    if origin is list:
        return [Anything("item")]
    if annotation in (datetime, AwareDatetime):
        return _SAMPLE_AT
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {name: _sample_of(field.annotation) for name, field in annotation.model_fields.items()}
    return {bool: True, int: 1}.get(annotation, Anything("text"))
