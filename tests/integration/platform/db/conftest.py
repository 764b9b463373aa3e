from tests.support.probe import db, probe_url

__all__ = ["db", "probe_url"]
