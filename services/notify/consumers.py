"""What notify hears, as the catalogue of events says, and the feature that handles it."""

from typing import Final

from services.notify.cases.handlers import on_party_recorded
from services.notify.erasure.handlers import on_case_purged
from services.notify.planning.handlers import ON_CASE_EVENTS
from shared.contracts.catalogue import subscribed
from shared.contracts.envelope import Contract
from shared.contracts.intake import CasePurgedV1, PartyRecordedV1
from shared.platform.links.handlers import LINK_HANDLERS
from shared.platform.worker import Handlers

HANDLERS: Final[Handlers] = subscribed(
    "notify",
    {
        PartyRecordedV1: on_party_recorded,
        CasePurgedV1: on_case_purged,
        **LINK_HANDLERS,
        Contract: ON_CASE_EVENTS,
    },
)
