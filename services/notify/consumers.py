"""What notify hears, and the feature that handles it."""

from collections.abc import Mapping
from typing import Final

from services.notify.cases.handlers import on_party_recorded
from services.notify.erasure.handlers import on_case_purged
from services.notify.planning.handlers import on_case_advanced, on_case_event, on_case_registered
from shared.contracts.envelope import Contract
from shared.contracts.intake import CaseAdvancedV1, CasePurgedV1, CaseRegisteredV1, PartyRecordedV1
from shared.packs.notify.names import PUBLISHED
from shared.platform.worker import Handler

HANDLERS: Final[Mapping[type[Contract], Handler]] = {
    **dict.fromkeys(PUBLISHED, on_case_event),
    CasePurgedV1: on_case_purged,
    PartyRecordedV1: on_party_recorded,
    CaseRegisteredV1: on_case_registered,
    CaseAdvancedV1: on_case_advanced,
}
