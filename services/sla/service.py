"""What sla is made of."""

from services.sla.app import create_app
from services.sla.migrations.schema import KERNEL
from services.sla.settings import SlaSettings
from services.sla.worker import run
from shared.platform.serving import Service

SERVICE = Service(name="sla", settings=SlaSettings, kernel=KERNEL, create_app=create_app, run=run)
