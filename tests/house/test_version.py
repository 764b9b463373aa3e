import tomllib
from pathlib import Path

from shared.platform.version import VERSION


def test_the_version_is_said_once() -> None:
    assert tomllib.loads(Path("pyproject.toml").read_text())["project"]["version"] == VERSION
