"""What notify is made of."""

from services.notify.app import create_app
from services.notify.migrations.schema import KERNEL
from services.notify.settings import NotifySettings
from services.notify.worker import run
from shared.platform.serving import Service

SERVICE = Service(name="notify", settings=NotifySettings, kernel=KERNEL, create_app=create_app, run=run)
