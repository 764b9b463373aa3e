from services.intake.db.tables import METADATA
from shared.platform.db import alembic_env

alembic_env.run("intake", METADATA)
