from services.intake.db.timed_tables import PURGE
from shared.db import alembic_env

alembic_env.run("intake", PURGE.metadata)
