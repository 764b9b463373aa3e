"""What notify hears, as the catalogue of events says, and the feature that handles it."""

from typing import Final

from services.notify.cases.handlers import on_party_recorded
from services.notify.erasure.handlers import on_case_purged
from services.notify.planning.handlers import on_case_advanced, on_case_corrected, on_case_event, on_case_registered
from shared.contracts.catalogue import subscribed
from shared.contracts.envelope import Contract
from shared.contracts.intake import CaseAdvancedV1, CaseCorrectedV1, CasePurgedV1, CaseRegisteredV1, PartyRecordedV1
from shared.platform.links.handlers import LINK_HANDLERS
from shared.platform.worker import Handlers

HANDLERS: Final[Handlers] = subscribed(
    "notify",
    {
        PartyRecordedV1: on_party_recorded,
        CaseRegisteredV1: on_case_registered,
        CaseAdvancedV1: on_case_advanced,
        CaseCorrectedV1: on_case_corrected,
        CasePurgedV1: on_case_purged,
        **LINK_HANDLERS,
        Contract: on_case_event,
    },
)
