"""One more process of a service beside the stack's own."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from operate.runtime.http_process import HttpProcess
from operate.runtime.stack import Stack


@contextmanager
def another(stack: Stack, service: str, **environment: str) -> Iterator[str]:
    """Its address; `environment` is set beside what the service has, or instead of it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    usual, name = stack.part(service).settings, f"{service}-{port}"
    settings = replace(
        usual,
        name=name,
        port=port,
        log=usual.log.with_name(f"{name}.log"),
        env={**usual.env, "REDRESS_HTTP_PORT": str(port), **environment},
    )
    process = HttpProcess(settings)
    process.start()
    try:
        yield process.url
    finally:
        process.stop()
