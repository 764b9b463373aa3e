"""Keeps what the services answer to the calls of one HTTP client, by service, operation and status."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

from operate.runtime.databases import SERVICES
from shared.platform.http.about import PROBLEMS
from tests.support.clients import published

METHODS: Final = ("get", "post", "put", "delete", "patch")
Said = dict[str, dict[str, Any]]
"""operationId → status → body; under PROBLEMS the refusals, status → body."""


def operations_by_path(service: str) -> list[tuple[str, re.Pattern[str], str]]:
    """(METHOD, pattern of the path, operationId); a path without parameters stands before one that it also matches."""
    return [
        (method.upper(), re.compile(re.sub(r"{[^}]+}", "[^/]+", path)), operation["operationId"])
        for path, item in sorted(
            json.loads(published(service).read_text(encoding="utf-8"))["paths"].items(),
            key=lambda each: each[0].count("{"),
        )
        for method, operation in item.items()
        if method in METHODS
    ]


@dataclass
class Heard:
    """Of a write the first answer, of a read the last one: what is read at the end of a story is rich and settled."""

    services: Mapping[str, str]
    said: dict[str, Said] = field(default_factory=lambda: {service: {PROBLEMS: {}} for service in SERVICES})
    _operations: dict[str, list[tuple[str, re.Pattern[str], str]]] = field(
        default_factory=lambda: {service: operations_by_path(service) for service in SERVICES}
    )

    def client(self) -> httpx2.AsyncClient:
        """A client whose answers are kept."""
        return httpx2.AsyncClient(trust_env=False, event_hooks={"response": [self.hear]})

    async def hear(self, response: httpx2.Response) -> None:
        """Keep the answer when it is JSON of a service."""
        kind = response.headers.get("content-type", "")
        service = self._service(str(response.request.url))
        if service is None or kind not in {"application/json", "application/problem+json"}:
            return
        body = json.loads(await response.aread())
        if response.is_error:
            self.said[service][PROBLEMS].setdefault(str(response.status_code), body)
            return
        request = response.request
        for method, path, name in self._operations[service]:
            if method == request.method and path.fullmatch(request.url.path):
                answers = self.said[service].setdefault(name, {})
                if method == "GET" or str(response.status_code) not in answers:
                    answers[str(response.status_code)] = body
                return

    def _service(self, url: str) -> str | None:
        return next((name for name, base in self.services.items() if url.startswith(f"{base}/")), None)
