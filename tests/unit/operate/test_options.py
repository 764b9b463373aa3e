"""What the operator's environment decides about the stack."""

import pytest

from operate.runtime.options import options_from


@pytest.mark.parametrize(
    ("environ", "endpoint"), [({}, ""), ({"REDRESS_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, "http://127.0.0.1:4318")]
)
def test_where_spans_go_is_passed_on(environ: dict[str, str], endpoint: str) -> None:
    assert options_from(environ).otlp_endpoint == endpoint
