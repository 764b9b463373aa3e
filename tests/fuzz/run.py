"""Plays schemathesis against a running stack: every check, on the four documents that the services serve.

The programs are locked apart from the product (ADR 0059); the configuration is `tests/clients/fuzz`.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.e2e.story import Story
from tests.support.clients import LOCKED, PROJECT, published, python_tools

FOLDER: Final = PROJECT / ".redress" / "fuzz"
SEED: Final = 20_260_305


def fuzz(story: Story, service: str, *, examples: int, seed: int = SEED, show: bool = False) -> str:
    """Fuzz one service; what was printed when something failed, else nothing. `show` lets it print as it goes on.

    `examples` is the most that are generated for each operation in each phase.
    """
    program = python_tools() / "schemathesis"
    configuration = _configuration(story.ids, FOLDER / service)
    own = story.session.organisation
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    environment |= {"REDRESS_STAFF": story.token(own), "REDRESS_CUSTOMER": story.customer_token(own)}
    environment["REDRESS_DOCUMENT"] = str(published(service))
    options = ("--max-examples", str(examples), "--seed", str(seed), "--no-color")
    ran = subprocess.run(
        (
            program,
            "--config-file",
            configuration,
            "run",
            f"{story.session.stack.services[service]}/openapi.json",
            *options,
        ),
        cwd=configuration.parent,
        env=environment,
        stdout=None if show else subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return "" if ran.returncode == 0 else ran.stdout or f"{service}: see above"


def _configuration(ids: Mapping[str, str], folder: Path) -> Path:
    """The configuration with the things of the story: most path parameters name them, the others are generated."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(LOCKED / "fuzz" / "hooks.py", folder)
    text = (LOCKED / "fuzz" / "schemathesis.toml").read_text(encoding="utf-8")
    named = {name: int(value) if value.isdigit() else value for name, value in ids.items()}
    lines = ["", "[dictionaries]", *(f"{name} = {{ values = [{json.dumps(value)}] }}" for name, value in named.items())]
    lines += [
        "",
        "[parameters]",
        *(f'"path.{name}" = {{ dictionary = "{name}", probability = 0.8 }}' for name in named),
    ]
    place = folder / "schemathesis.toml"
    place.write_text("\n".join([text, *lines, ""]), encoding="utf-8")
    return place
