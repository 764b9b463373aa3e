"""What a process exposes: a registry of the metrics of its service and role, in the format that the scraper accepts."""

from collections.abc import Iterator, Sequence
from typing import Literal

from prometheus_client import GCCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry

from shared.platform.observability.declaring import Catalogue

Role = Literal["all", "api", "worker"]


def registry_of(
    catalogues: Sequence[Catalogue], *, role: Role = "all", by_organisation: bool = False
) -> CollectorRegistry:
    """The metrics of these catalogues that a process in `role` uses, and those of its Python and its process."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    for catalogue in catalogues:
        for metric in exported(catalogue, role=role, by_organisation=by_organisation):
            registry.register(metric)
    return registry


def exported(catalogue: Catalogue, *, role: Role, by_organisation: bool) -> Iterator[Collector]:
    """What a process in `role` exposes of a catalogue."""
    yield from catalogue.process
    if role != "worker":
        yield from catalogue.api
    if role != "api":
        yield from catalogue.worker
        yield from catalogue.samples
        if by_organisation:
            yield from catalogue.by_organisation


def exposition(registry: CollectorRegistry, accept: str | None) -> tuple[bytes, str]:
    """The metrics and their media type: OpenMetrics 1.0 where `accept` names it, which has exemplars, else Prometheus
    text format 0.0.4.
    """
    encode, media_type = choose_encoder(accept or "")
    return encode(registry), media_type
