"""What intake is made of."""

from services.intake.app import create_app
from services.intake.migrations.schema import KERNEL
from services.intake.settings import IntakeSettings
from services.intake.worker import run
from shared.platform.serving import Service

SERVICE = Service(name="intake", settings=IntakeSettings, kernel=KERNEL, create_app=create_app, run=run)
