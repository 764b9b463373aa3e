from services.settlement.db.tables import METADATA
from shared.platform.db import alembic_env

alembic_env.run("settlement", METADATA)
