"""`python -m services.intake`."""

from services.intake.app import create_app
from services.intake.migrations.schema import KERNEL
from services.intake.settings import IntakeSettings
from services.intake.worker import run
from shared.platform.serving import Service, serve

SERVICE = Service(name="intake", settings=IntakeSettings, kernel=KERNEL, create_app=create_app, run=run)

if __name__ == "__main__":
    serve(SERVICE)
