from services.sla.db.tables import METADATA
from shared.db import alembic_env

alembic_env.run("sla", METADATA)
