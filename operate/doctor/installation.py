"""The services of an installation with their settings: the stack of this checkout, or this process's environment."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import ValidationError

from operate.doctor.finding import Finding, fail, ok
from shared.platform.settings import PREFIX, BaseServiceSettings, refused_settings
from shared.platform.starting import service_named


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A service and the settings that it would start with."""

    service: str
    settings: BaseServiceSettings


def read_settings(environments: Mapping[str, Mapping[str, str]]) -> tuple[list[Part], list[Finding]]:
    """The services whose settings are complete, by the environments of their processes, and a finding for each."""
    parts: list[Part] = []
    findings: list[Finding] = []
    for service, environment in environments.items():
        settings, refused = _read(service, environment)
        if settings is not None:
            parts.append(Part(service=service, settings=settings))
            findings.append(ok("settings.complete", service, f"complete, {settings.mode} mode"))
        findings += [
            fail("settings.complete", service, line, advice="docs/configuration.md says what the variable means.")
            for line in refused
        ]
    return parts, findings


def of_process(services: Sequence[str]) -> dict[str, dict[str, str]]:
    """The environment of the running process, as that of each of the services."""
    own = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    return dict.fromkeys(services, own)


def _read(service: str, environment: Mapping[str, str]) -> tuple[BaseServiceSettings | None, list[str]]:
    described = service_named(service)
    with _environment(environment):
        try:
            return described.settings(), []
        except ValidationError as error:
            return None, refused_settings(error)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """These `REDRESS_*` variables and no others; settings are read from the environment of the process only."""
    before = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(PREFIX)}
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            os.environ.pop(name, None)
        os.environ.update(before)
