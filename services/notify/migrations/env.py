from services.notify.db.tables import METADATA
from shared.db import alembic_env

alembic_env.run("notify", METADATA)
