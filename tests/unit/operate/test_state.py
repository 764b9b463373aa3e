from pathlib import Path

from operate.runtime.processes import ProcessRecord
from operate.runtime.state import StackState, load_state, save_state


def test_what_is_saved_is_what_is_loaded_and_only_the_owner_may_read_it(tmp_path: Path) -> None:
    state = StackState(ports={"kafka": 9092}, processes={"kafka": ProcessRecord(17, "123", "abc")})
    state.add_passwords()

    save_state(tmp_path / "stack.json", state)

    assert load_state(tmp_path / "stack.json") == state
    assert (tmp_path / "stack.json").stat().st_mode & 0o777 == 0o600


def test_passwords_are_made_once() -> None:
    state = StackState()
    state.add_passwords()
    before = dict(state.passwords)

    state.add_passwords()

    assert state.passwords == before
    assert len(set(before.values())) == 7
