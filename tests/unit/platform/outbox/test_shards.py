"""Shards are stable for ever: rows written by one version are relayed by the next."""

from shared.platform.db.tables import SHARDS
from shared.platform.outbox.append import shard_of
from shared.platform.outbox.relay import lease_namespace


def test_a_key_has_the_same_shard_in_every_version() -> None:
    """The published check values of CRC-32 (0, E8B7BE43, 352441C2, CBF43926), modulo 16."""
    assert [shard_of(key) for key in ("", "a", "abc", "123456789")] == [0, 3, 2, 6]


def test_keys_spread_over_all_shards() -> None:
    counts = [0] * SHARDS
    for number in range(1600):
        counts[shard_of(f"case-{number}")] += 1
    assert min(counts) > 50


def test_services_do_not_share_leases() -> None:
    names = ("intake", "sla", "settlement", "notify")
    spaces = {lease_namespace(name) for name in names}
    assert len(spaces) == len(names)
    assert all(0 <= space < 2**31 for space in spaces)
