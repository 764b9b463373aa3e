"""Every route of every service asks for a token, except those that operate the service."""

import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI
from fastapi.routing import APIRoute

from shared.auth.needs import Needs
from shared.db.engine import connect
from shared.http.openapi import dependencies_of
from shared.ids import new_id
from shared.progress import Progress
from shared.settings import BaseServiceSettings

OPEN = {"/health/live", "/health/ready", "/metrics", "/openapi.json"}
WITHOUT_SCOPE = {"/v1/quiescence", "/v1/organisations/{organisation_id}"}
OPEN_PREFIX = "/docs"
SERVICES = [name for name in ("intake", "sla", "settlement", "notify") if find_spec(f"services.{name}.app")]

pytestmark = pytest.mark.parametrize("service", SERVICES)


def app_of(service: str, folder: Path) -> FastAPI:
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    key_file = folder / "key.pem"
    key_file.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    values = vars(import_module(f"services.{service}.settings")).values()
    [settings_type] = [v for v in values if _is_settings(v)]
    settings = settings_type(
        database_url="postgresql://nobody@127.0.0.1:1/none",
        kafka="127.0.0.1:1",
        http_port=0,
        jwt_public_key_file=key_file,
    )
    kernel = import_module(f"services.{service}.db.tables").KERNEL
    db = connect(settings.database_url, kernel=kernel, pool_size=1, application_name="house")
    app: FastAPI = import_module(f"services.{service}.app").create_app(settings, db, Progress())
    return app


def _is_settings(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, BaseServiceSettings) and value is not BaseServiceSettings


def closed_routes(app: FastAPI) -> list[Any]:
    routes: list[Any] = list(app.routes)
    return [route for route in routes if route.path not in OPEN and not route.path.startswith(OPEN_PREFIX)]


def test_each_route_verifies_a_token_and_names_its_scopes(service: str, tmp_path: Path) -> None:
    for route in closed_routes(app_of(service, tmp_path)):
        assert isinstance(route, APIRoute), f"{route.path} is outside of the edge"
        checks = [call for call in dependencies_of(route.dependant) if isinstance(call, Needs)]
        assert len(checks) == 1, f"{route.path} needs exactly one token check"
        assert checks[0].scopes or route.path in WITHOUT_SCOPE, f"{route.path} demands no scope"


async def test_each_route_answers_401_without_a_token(service: str, tmp_path: Path) -> None:
    app = app_of(service, tmp_path)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://house") as client:
        for route in closed_routes(app):
            path = re.sub(r"{[^}]+}", new_id(), route.path)
            for method in route.methods or ():
                response = await client.request(method, path)
                assert response.status_code == 401, f"{method} {route.path} answered {response.status_code}"
                assert response.headers["www-authenticate"].startswith("Bearer")
