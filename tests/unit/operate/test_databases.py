import pytest

from operate.runtime.databases import database_of, service_url, with_database


@pytest.mark.parametrize(
    ("admin_url", "database"),
    [
        ("postgresql://a:b@host:5432/postgres", "redress"),
        ("postgresql://a:b@host:5432", "redress"),
        ("postgresql://a:b@host:5432/", "redress"),
        ("postgresql://a:b@host:5432/complaints", "complaints"),
    ],
)
def test_the_database_is_the_one_named_unless_it_is_the_maintenance_database(admin_url: str, database: str) -> None:
    assert database_of(admin_url) == database


def test_a_service_logs_in_on_the_same_server_with_its_own_role() -> None:
    url = service_url("postgresql://root:s3@db.example:6432/postgres", "sla", password="p/w@1")

    assert url == "postgresql://redress_sla:p%2Fw%401@db.example:6432/redress"


def test_another_database_of_the_same_server() -> None:
    assert with_database("postgresql://a:b@h:1/postgres", "x") == "postgresql://a:b@h:1/x"
