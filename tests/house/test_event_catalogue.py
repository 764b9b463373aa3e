"""The catalogue of events names every contract and nothing else, and agrees with what the services are built of."""

import inspect
from importlib import import_module

import pytest

from operate.authoring.events import COLUMNS
from shared.contracts import intake, notify, registry, settlement, sla, topics
from shared.contracts.catalogue import BY_NAME, CATALOGUE, EVENTS, OF_STEPS, SERVICES, Place, subscribed
from shared.contracts.envelope import Contract
from shared.platform.organisations import REGISTRY_HANDLERS


def contracts_of(*modules: object) -> set[type[Contract]]:
    """The published contracts that modules declare, found by reading them."""
    return {
        thing
        for module in modules
        for _, thing in inspect.getmembers(module, inspect.isclass)
        if issubclass(thing, Contract) and "TYPE" in vars(thing)
    }


def test_every_contract_has_one_row_and_no_row_is_anything_else() -> None:
    published = contracts_of(registry, intake, sla, settlement, notify)
    assert len(published) == 45
    assert sorted(event.contract.TYPE for event in CATALOGUE) == sorted(contract.TYPE for contract in published)
    assert set(EVENTS) == published
    assert len(BY_NAME) == len(CATALOGUE)


def test_a_row_says_topic_version_and_producer() -> None:
    breached = BY_NAME["clock.breached"]
    assert (breached.topic, breached.version, breached.producer) == ("redress.sla.v1", "v1", "sla")
    assert BY_NAME["organisation.created"].topic == "redress.registry.v1"
    assert {event.topic for event in CATALOGUE} == set(topics.EVENT_TOPICS)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_handles_what_the_catalogue_says_that_it_hears(service: str) -> None:
    handled = set(import_module(f"services.{service}.consumers").HANDLERS)
    heard = {event.contract for event in CATALOGUE if service in event.heard_by}
    assert handled | set(REGISTRY_HANDLERS) == heard


def test_what_intake_hears_has_a_label_and_a_state_where_its_page_shows_one() -> None:
    heard = [event for event in CATALOGUE if "intake" in event.heard_by and event.topic != topics.REGISTRY]
    assert {event.contract for event in heard} == contracts_of(sla, settlement, notify)
    assert all(event.label is not None and event.label.zh and event.label.en for event in heard)


def test_the_state_of_a_remedy_or_message_after_each_event() -> None:
    states = {event.name: event.state for event in CATALOGUE if event.topic in {topics.SETTLEMENT, topics.NOTIFY}}
    assert states == {
        "remedy.quoted": "quoted",
        "remedy.quote_expired": "expired",
        "remedy.offered": "offered",
        "remedy.accepted": "accepted",
        "remedy.rejected": "rejected",
        "remedy.approval_recorded": "accepted",
        "remedy.approved": "approved",
        "remedy.declined": "declined",
        "remedy.certificate_recorded": None,
        "remedy.payout_requested": "payout_requested",
        "remedy.payout_pending": "payout_requested",
        "remedy.payout_in_doubt": "in_doubt",
        "remedy.payout_failed": "failed",
        "remedy.payout_reversed": "approved",
        "remedy.executed": "executed",
        "remedy.goods_returned": None,
        "remedy.replacement_released": None,
        "remedy.withdrawn": "withdrawn",
        "remedy.not_withdrawn": None,
        "message.to_do": "to_do",
        "message.outcome_unknown": "outcome_unknown",
        "message.sent": "sent",
        "message.skipped": "skipped",
        "message.failed": "failed",
    }


def test_only_notify_hears_of_parties() -> None:
    assert BY_NAME["party.recorded"].heard_by == {"notify"}
    assert BY_NAME["party.recorded"].places == frozenset()


def test_an_event_without_a_place_says_what_an_author_uses_instead() -> None:
    assert [event.name for event in CATALOGUE if not event.places and not event.advice] == []


def test_the_guide_shows_every_place_that_admits_a_published_event() -> None:
    shown = frozenset[Place]().union(*COLUMNS.values())
    admitting = OF_STEPS.union(*(event.places for event in CATALOGUE))
    assert admitting - shown == {Place.RULE_STEP}


def test_the_nearest_class_handles_an_event() -> None:
    handlers = subscribed("settlement", {Contract: "any", intake.CaseAdvancedV1: "advanced"})
    assert handlers[intake.CaseAdvancedV1] == "advanced"
    assert handlers[intake.EvidenceAddedV1] == "any"
    assert sla.ClockStartedV1 not in handlers


def test_an_event_without_a_handler_and_a_handler_without_an_event_stop_the_start() -> None:
    with pytest.raises(LookupError, match=r"settlement hears case\.registered and has no handler"):
        subscribed("settlement", {intake.CaseAdvancedV1: "advanced"})
    with pytest.raises(LookupError, match="handlers for what it does not hear: \\['ClockStartedV1'\\]"):
        subscribed("settlement", {Contract: "any", sla.ClockStartedV1: "started"})


def test_milestones_follow_from_the_places() -> None:
    remembered = {
        service: {event.name for event in CATALOGUE if event.is_milestone_of(service) and event.topic == topics.INTAKE}
        for service in SERVICES
    }
    assert remembered == {
        "intake": {"case.registered", "evidence.added", "case.purged"},
        "sla": {"case.registered", "evidence.added", "case.purged"},
        "settlement": {"case.registered", "evidence.added"},
        "notify": {"case.registered", "evidence.added"},
    }
    of_clocks = [event for event in CATALOGUE if event.topic == topics.SLA]
    assert all(event.is_milestone_of("intake") and not event.is_milestone_of("sla") for event in of_clocks)
    of_messages = [event for event in CATALOGUE if event.topic == topics.NOTIFY and event.name != "message.to_do"]
    assert all(event.is_milestone_of("sla") and not event.is_milestone_of("intake") for event in of_messages)


def test_whoever_may_be_named_in_a_service_is_heard_by_it() -> None:
    at = {
        "sla": {Place.CLOCK_START, Place.CLOCK_STOP, Place.INDICATOR},
        "notify": {Place.RULE, Place.RULE_CONDITION},
        "settlement": {Place.SETTLEMENT_GATE},
        "intake": {Place.REACTION, Place.GATE},
    }
    for event in CATALOGUE:
        for service, places in at.items():
            if event.places & places and event.producer != service:
                assert service in event.heard_by, (event.name, service)
