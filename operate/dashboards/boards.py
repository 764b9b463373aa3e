"""All dashboards, in the order in which they are listed."""

from typing import Final

from operate.dashboards.complaints import COMPLAINTS
from operate.dashboards.intake import INTAKE
from operate.dashboards.kafka import KAFKA
from operate.dashboards.notify import NOTIFY
from operate.dashboards.overview import OVERVIEW
from operate.dashboards.postgresql import POSTGRESQL
from operate.dashboards.settlement import SETTLEMENT
from operate.dashboards.sla import SLA

BOARDS: Final = (OVERVIEW, COMPLAINTS, INTAKE, SLA, SETTLEMENT, NOTIFY, KAFKA, POSTGRESQL)
