"""What settlement is made of."""

from services.settlement.app import create_app
from services.settlement.migrations.schema import KERNEL
from services.settlement.settings import SettlementSettings
from services.settlement.worker import run
from shared.platform.serving import Service

SERVICE = Service(name="settlement", settings=SettlementSettings, kernel=KERNEL, create_app=create_app, run=run)
