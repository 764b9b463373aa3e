"""URLs, and the tables every service has."""

import pytest
from sqlalchemy import MetaData

from shared.platform.db.engine import asyncpg_url
from shared.platform.db.tables import NAMING, is_partition, kernel_tables


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg"])
def test_any_postgresql_url_becomes_one_for_our_driver(scheme: str) -> None:
    assert asyncpg_url(f"{scheme}://u:p@h:1/d") == "postgresql+asyncpg://u:p@h:1/d"


@pytest.mark.parametrize("url", ["mysql://h/d", "h/d", ""])
def test_another_url_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="postgresql://"):
        asyncpg_url(url)


def test_tables_need_a_schema() -> None:
    with pytest.raises(ValueError, match="schema"):
        kernel_tables(MetaData())


def test_every_kernel_table_is_in_the_services_schema_and_has_a_key() -> None:
    kernel = kernel_tables(MetaData(schema="svc", naming_convention=NAMING))
    assert kernel.schema == "svc"
    assert type(kernel.schema) is str
    assert {table.schema for table in kernel.tables()} == {"svc"}
    assert all(table.primary_key.columns for table in kernel.tables())
    assert len(kernel.tables()) == 12


def test_every_constraint_has_a_name() -> None:
    kernel = kernel_tables(MetaData(schema="svc", naming_convention=NAMING))
    assert all(constraint.name for table in kernel.tables() for constraint in table.constraints)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("outbox_archive_20261122", True), ("outbox_archive_default", True), ("outbox_archive", False), (None, False)],
)
def test_partitions_are_known_by_name(name: str | None, expected: bool) -> None:
    assert is_partition(name) is expected
