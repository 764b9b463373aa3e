"""The job that seals what is not sealed, and again what an older key has sealed."""

from services.notify.webhooks.use_cases.seal_webhooks import seal_webhooks
from shared.platform.sealing import Sealer
from shared.platform.sealing_job import sealing_job
from shared.platform.worker import Job


def seal_job(sealer: Sealer) -> Job:
    """Seals the secrets of a batch in each round."""
    return sealing_job("notify.seal_webhooks", seal_webhooks, sealer)
