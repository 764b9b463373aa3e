import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from operate.runtime.http_process import HttpProcess, HttpProcessSettings
from operate.runtime.ports import choose_ports
from operate.runtime.processes import MARKER, Command, Daemon, DidNotStart, marked_pids, start_time, tail
from operate.runtime.waiting import wait_until

SLEEPER = Command(argv=(sys.executable, "-c", "import time; time.sleep(60)"))
HEADLESS = (
    "import ctypes, threading, time; threading.Thread(target=time.sleep, args=(60,)).start(); "
    "print('on', flush=True); ctypes.CDLL(None).pthread_exit(None)"
)
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"


def test_a_process_is_found_again_by_its_record(tmp_path: Path) -> None:
    daemon = Daemon("sleeper", log=tmp_path / "log")
    daemon.spawn(SLEEPER)

    again = Daemon("sleeper", log=tmp_path / "log", record=daemon.record)

    assert again.runs(SLEEPER)
    again.kill()
    assert not daemon.is_running


def test_a_recycled_pid_is_not_taken_for_ours_and_never_signalled(tmp_path: Path) -> None:
    stranger = Daemon("stranger", log=tmp_path / "log")
    stranger.spawn(SLEEPER)
    assert stranger.record is not None
    ours = Daemon("ours", log=tmp_path / "log", record=replace(stranger.record, started="long ago"))

    ours.stop()
    ours.kill()

    assert not ours.is_running
    assert stranger.is_running
    stranger.kill()


def test_other_settings_are_another_command(tmp_path: Path) -> None:
    daemon = Daemon("sleeper", log=tmp_path / "log")
    daemon.spawn(SLEEPER)

    assert not daemon.runs(replace(SLEEPER, env={"REDRESS_KAFKA": "elsewhere:9092"}))
    daemon.kill()


def test_a_process_that_does_not_end_when_asked_is_killed(tmp_path: Path) -> None:
    daemon = Daemon("stubborn", log=tmp_path / "log")
    daemon.spawn(Command(argv=(sys.executable, "-c", STUBBORN)))
    assert wait_until(lambda: tail(tmp_path / "log") == ["on"], timeout=10)

    daemon.stop(with_signal=signal.SIGTERM, timeout=0.2)

    assert not daemon.is_running


def test_a_process_whose_first_thread_has_ended_runs_until_its_last_has(tmp_path: Path) -> None:
    """A JVM that is killed looks so for a moment, and holds its ports."""
    daemon = Daemon("headless", log=tmp_path / "log")
    daemon.spawn(Command(argv=(sys.executable, "-c", HEADLESS)))
    assert wait_until(lambda: psutil.Process(daemon.pid).status() == psutil.STATUS_ZOMBIE, timeout=10)

    assert daemon.is_running
    daemon.kill()
    assert not daemon.is_running


def test_a_process_nobody_wrote_down_is_found_by_its_marker(tmp_path: Path) -> None:
    daemon = Daemon("lost", log=tmp_path / "log")
    daemon.spawn(replace(SLEEPER, env={MARKER: str(tmp_path), "REDRESS_PROCESS": "lost"}))

    assert wait_until(lambda: marked_pids(tmp_path) == {daemon.pid: "lost"}, timeout=10)
    daemon.kill()


def test_the_start_time_of_a_process_is_known_and_of_none_is_not() -> None:
    assert start_time(os.getpid())
    assert start_time(2**22 + 1) is None


def test_a_process_that_ends_at_once_is_reported_with_its_last_words(tmp_path: Path) -> None:
    settings = HttpProcessSettings(
        name="broken",
        argv=(sys.executable, "-c", "raise SystemExit('the setting X is missing')"),
        port=choose_ports(configured={}, remembered={}, place=tmp_path)["intake"],
        cwd=tmp_path,
        state=tmp_path,
        log=tmp_path / "broken.log",
    )

    with pytest.raises(DidNotStart, match=r"(?s)broken ended while it started.*the setting X is missing"):
        HttpProcess(settings).start()


def test_the_tail_has_whole_lines_only(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert tail(log) == []
    log.write_bytes(b"")
    assert tail(log) == []
    log.write_text("x" * 40_000 + "\none\u2028line\nlast", encoding="utf-8")

    assert tail(log, lines=1) == ["last"]
    assert tail(log, lines=2) == ["one\u2028line", "last"]
    log.write_text("first\n\nlast\n", encoding="utf-8")
    assert tail(log, lines=3) == ["first", "", "last"]
