"""What a condition answers, and what one answers that cannot be computed."""

import pytest

from shared.packs.language.conditions import holds, holds_or_is_false, holds_or_is_true, judged
from shared.packs.language.expression import Expression, ExpressionFailed

MORE_THAN_THREE = Expression("facts.count > 3")
FOUR, THREE, ABSENT = ({"facts": {"count": count}} for count in (4, 3, None))


def test_a_condition_is_true_or_false() -> None:
    for ask in (holds, holds_or_is_false, holds_or_is_true):
        assert ask(MORE_THAN_THREE, FOUR) is True
        assert ask(MORE_THAN_THREE, THREE) is False


def test_a_condition_that_a_pack_leaves_out_holds() -> None:
    for ask in (holds, holds_or_is_false, holds_or_is_true):
        assert ask(None, ABSENT) is True
    assert judged(None, ABSENT).holds is True


def test_a_condition_that_cannot_be_computed_raises_is_false_or_is_true() -> None:
    with pytest.raises(ExpressionFailed):
        holds(MORE_THAN_THREE, ABSENT)
    assert holds_or_is_false(MORE_THAN_THREE, ABSENT) is False
    assert holds_or_is_true(MORE_THAN_THREE, ABSENT) is True


def test_a_judgement_says_why_a_condition_could_not_be_computed() -> None:
    failed = judged(MORE_THAN_THREE, ABSENT)

    assert failed.holds is False
    assert failed.failure is not None
    assert "facts.count > 3" in failed.failure.detail
    assert judged(MORE_THAN_THREE, THREE).failure is None
