"""The examples of answers in the documents are what the services answer (ADR 0058); `make examples` records them again."""

import json
from collections.abc import Mapping

import pytest

from operate.runtime.databases import SERVICES
from operate.runtime.stack import Stack
from shared.kernel.clock import SystemClock
from shared.platform.http.about import about
from tests.examples.heard import Said
from tests.examples.play import play
from tests.examples.stable import by_kind, stable


@pytest.fixture(scope="module")
async def said(e2e_stack: Stack) -> Mapping[str, Said]:
    return await play(e2e_stack)


@pytest.mark.parametrize("service", SERVICES)
async def test_each_example_is_what_the_service_answers(said: Mapping[str, Said], service: str) -> None:
    real = stable(said[service], now=SystemClock().now())
    recorded = about(service).answers
    assert {name: sorted(real[name]) for name in real} == {name: sorted(recorded[name]) for name in recorded}
    wrong = {
        (name, status): {"recorded": recorded[name][status], "real": answer}
        for name, answers in real.items()
        for status, answer in answers.items()
        if by_kind(answer) != by_kind(recorded[name][status])
    }
    assert not wrong, json.dumps([[*key, both] for key, both in wrong.items()], ensure_ascii=False, indent=1)
