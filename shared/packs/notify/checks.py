"""Messages: addresses, templates and rules that contradict themselves."""

from collections.abc import Iterator

from shared.packs.language.hours import overlap
from shared.packs.language.types import Placed
from shared.packs.notify.model.channels import BY_HAND
from shared.packs.notify.model.delivery import Address, longest_wait
from shared.packs.notify.model.section import CUSTOMER, LOCALES, NotifySection, Rule, Template


def address_errors(address: Address) -> Iterator[Placed]:
    """An address of no one, or of two; one that names no way."""
    if (address.role is None) == (address.subject is None):
        yield (), "an address is of a role or of a subject"
    if not (address.email or address.phone or address.fax or address.letter):
        yield (), "an address has an email, a phone, a fax or a letter"


def template_errors(template: Template) -> Iterator[Placed]:
    """A language without a text."""
    if len(set(template.channels)) < len(template.channels):
        yield ("channels",), "a channel stands twice"
    if missing := [locale for locale in LOCALES if locale not in template.locales]:
        yield ("locales",), f"no text in {', '.join(missing)}"


def rule_errors(rule: Rule) -> Iterator[Placed]:
    """Windows that overlap, and a customer who would deliver."""
    if fault := overlap(rule.hours):
        yield ("hours",), fault
    if len(set(rule.channels)) < len(rule.channels):
        yield ("channels",), "a channel stands twice"
    if rule.handled_by == CUSTOMER:
        yield ("handled_by",), "the customer delivers no messages; name a role"


def rule_warnings(rule: Rule) -> Iterator[Placed]:
    """A handler without a channel by hand, and hours that come after the deadline."""
    if rule.handled_by is not None and not rule.is_by_hand:
        yield ("handled_by",), f"rule {rule.id} has no channel by hand ({', '.join(BY_HAND)})"
    wait = longest_wait(rule.hours)
    if rule.deadline is not None and rule.deadline.elapsed() < wait:
        yield ("deadline",), f"rule {rule.id} may wait {wait} for its hours, beyond its deadline"


def section_warnings(section: NotifySection) -> Iterator[Placed]:
    """Channels that a rule's template is not written for."""
    for i, rule in enumerate(section.rules):
        written_for = {channel for each in section.templates if each.id == rule.template for channel in each.channels}
        if others := [channel for channel in rule.channels if written_for and channel not in written_for]:
            yield ("rules", i, "channels"), f"template {rule.template} is not written for {', '.join(others)}"
