from shared.platform.db import alembic_env

alembic_env.run("intake")
