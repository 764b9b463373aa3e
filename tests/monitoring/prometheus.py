"""A real Prometheus over a stack under test, with the rules of `deploy/` in which a minute lasts a second."""

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

RULES = Path("deploy/prometheus")
FASTER = 60
"""By this factor every span of time of the rules is shorter: what is waited for, windows, and ages in seconds."""
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SPAN = re.compile(r"(?<=for: )(\d+)([smhd])\b|(?<=\[)(\d+)([smhd])(?=\])")
_AGE = re.compile(r"(?<=_seconds\) > )\d+")
NOT_THERE = "prometheus is not installed (Debian: apt-get install prometheus); .ci/run installs it"


def find(program: str) -> str | None:
    """Where a program of Prometheus is; None when it is not installed."""
    return shutil.which(program)


@dataclass(frozen=True)
class Series:
    """A series of an answer: its labels and its samples."""

    labels: Mapping[str, str]
    samples: list[tuple[float, float]]


class Prometheus:
    """The HTTP API of a Prometheus server."""

    def __init__(self, http: httpx2.AsyncClient, url: str) -> None:
        self._http = http
        self.url = url

    async def ask(self, expr: str) -> list[Series]:
        """The value of a query now."""
        found = await self._get("query", query=expr)
        return [Series(one["metric"], [(float(one["value"][0]), float(one["value"][1]))]) for one in found["result"]]

    async def ask_range(self, expr: str, *, start: float, end: float, step: float) -> list[Series]:
        """The values of a query over a span, in Unix time and seconds."""
        found = await self._get("query_range", query=expr, start=start, end=end, step=step)
        return [
            Series(one["metric"], [(float(at), float(value)) for at, value in one["values"]]) for one in found["result"]
        ]

    async def firing(self) -> set[str]:
        """The names of the alerts that fire."""
        found = await self._get("alerts")
        return {alert["labels"]["alertname"] for alert in found["alerts"] if alert["state"] == "firing"}

    async def runbook(self, name: str) -> str:
        """Where an alert that fires leads to."""
        found = await self._get("alerts")
        urls = {each["annotations"]["runbook_url"] for each in found["alerts"] if each["labels"]["alertname"] == name}
        [url] = urls
        return str(url)

    async def unwell_rules(self) -> dict[str, str]:
        """The rules that could not be evaluated, with the reason."""
        groups = (await self._get("rules"))["groups"]
        return {rule["name"]: rule["lastError"] for group in groups for rule in group["rules"] if rule.get("lastError")}

    async def exemplars(self, expr: str, *, start: float, end: float) -> list[dict[str, Any]]:
        """The exemplars of a query's series."""
        found = await self._get("query_exemplars", query=expr, start=start, end=end)
        return [exemplar for series in found for exemplar in series["exemplars"]]

    async def _get(self, what: str, **params: Any) -> Any:
        answer = await self._http.get(f"{self.url}/api/v1/{what}", params=params, timeout=30)
        body = answer.json()
        assert body["status"] == "success", body
        return body["data"]


def faster(rules: str) -> str:
    """The same rules in shorter time; shares and counts stay as they are."""

    def span(found: re.Match[str]) -> str:
        number, unit = (found[1], found[2]) if found[1] else (found[3], found[4])
        return f"{int(number) * _UNITS[unit] * 1000 // FASTER}ms"

    return _AGE.sub(lambda found: f"{int(found[0]) / FASTER:g}", _SPAN.sub(span, rules))


@asynccontextmanager
async def prometheus_over(targets: Mapping[str, str], folder: Path) -> AsyncIterator[Prometheus]:
    """A server that scrapes each service's URL every second and evaluates the rules `FASTER`."""
    program = find("prometheus")
    assert program is not None, NOT_THERE
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("recording.yml", "alerts.yml"):
        text = faster((RULES / name).read_text(encoding="utf-8"))
        (folder / name).write_text(text.replace("interval: 15s", "interval: 1s"), encoding="utf-8")
    config = (RULES / "prometheus.yml").read_text(encoding="utf-8")
    config = config.replace("scrape_interval: 15s", "scrape_interval: 1s").replace(
        "scrape_timeout: 10s", "scrape_timeout: 1s"
    )
    (folder / "prometheus.yml").write_text(config.replace("evaluation_interval: 15s", "evaluation_interval: 1s"))
    (folder / "targets").mkdir(exist_ok=True)
    entries = [
        f'- {{targets: ["{url.partition("//")[2]}"], labels: {{service: {name}}}}}' for name, url in targets.items()
    ]
    (folder / "targets" / "redress.yml").write_text("\n".join(entries) + "\n", encoding="utf-8")
    port = _free_port()
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--enable-feature=exemplar-storage",
            stdout=log,
            stderr=log,
        )
    try:
        async with httpx2.AsyncClient(trust_env=False) as http:
            server = Prometheus(http, f"http://127.0.0.1:{port}")
            await _until_ready(http, server.url, process, folder / "log")
            yield server
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _until_ready(http: httpx2.AsyncClient, url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(60):
        while True:
            assert process.returncode is None, log.read_text(encoding="utf-8")[-2000:]
            try:
                if (await http.get(f"{url}/-/ready")).status_code == 200:
                    return
            except httpx2.HTTPError:
                pass
            await asyncio.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
