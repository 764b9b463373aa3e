"""Every event of the other services is shown, with what it means for a clock, a remedy or a message."""

import inspect

from services.intake.casepage.handlers import HANDLERS
from services.intake.copies.rules import LABELS, MESSAGE_STATE, REMEDY_STATE
from shared.contracts import notify, settlement, sla
from shared.contracts.envelope import Contract


def published_by(*modules: object) -> set[type[Contract]]:
    return {
        thing
        for module in modules
        for _, thing in inspect.getmembers(module, inspect.isclass)
        if issubclass(thing, Contract) and "TYPE" in vars(thing)
    }


def test_every_event_is_handled_and_has_a_label() -> None:
    everything = published_by(sla, settlement, notify)
    assert set(HANDLERS) == set(LABELS) == everything
    assert all(label.zh and label.en for label in LABELS.values())


def test_every_event_of_a_remedy_or_message_says_where_that_stands() -> None:
    assert set(REMEDY_STATE) == published_by(settlement)
    assert set(MESSAGE_STATE) == published_by(notify)
