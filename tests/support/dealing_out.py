"""Which tests go to one process when several run them (pytest-xdist)."""

from pathlib import PurePosixPath
from typing import Final

from xdist.scheduler import LoadScopeScheduling

_ON_ONE_STACK: Final = {"e2e", "mishaps", "scenarios"}
"""Folders whose tests share a stack, which takes half a minute to start and costs processor time while it rests."""


class ByStack(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """`--dist loadscope` (the tests of a module), but the tests of one stack together.

    pytest-xdist names `_split_scope` as what a scheduler of one's own replaces. Its `--dist loadgroup` (3.8) deals out
    every test by itself with pytest 9.2: the option does not reach the processes.
    """

    def _split_scope(self, nodeid: str) -> str:
        _, folder, *_ = PurePosixPath(nodeid.partition("::")[0]).parts
        return folder if folder in _ON_ONE_STACK else str(super()._split_scope(nodeid))
