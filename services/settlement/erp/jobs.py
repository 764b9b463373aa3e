"""The job that seals again what an older key has sealed."""

from services.settlement.erp.use_cases.seal_erps import seal_erps
from shared.platform.sealing import Sealer
from shared.platform.sealing_job import sealing_job
from shared.platform.worker import Job


def seal_job(sealer: Sealer) -> Job:
    """Seals the secrets of a batch in each round."""
    return sealing_job("settlement.seal_erps", seal_erps, sealer)
