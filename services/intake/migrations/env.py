from services.intake.db.tables import METADATA
from shared.db import alembic_env

alembic_env.run("intake", METADATA)
