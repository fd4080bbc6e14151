"""What can't be told is taken out of a test, so that it accepts all that it may accept."""

from __future__ import annotations

from functools import cache

from ldt_graph.derive.form import (
    FALSE,
    TRUE,
    All,
    Count,
    Each,
    Not,
    One,
    Some,
    Test,
    Unknown,
    both,
    each,
    either,
    exactly_one,
    negated,
)


def settle(test: Test, *, wide: bool = True) -> Test:
    """Take out what can't be told: the result accepts all that the test may accept.

    Args:
        test: A test.
        wide: False for a result that accepts only what the test surely accepts.
    """
    return _settled(test, wide)


@cache
def _settled(test: Test, wide: bool) -> Test:
    match test:
        case Unknown():
            return TRUE if wide else FALSE
        case All(tests):
            return both(_settled(t, wide) for t in tests)
        case Some(tests):
            return either(_settled(t, wide) for t in tests)
        case Not(inner):
            return negated(_settled(inner, not wide))
        case Each(path, inner):
            return each(path, _settled(inner, wide))
        case Count():
            return _counted(test, wide)
        case One(tests):
            return _settled_one(tests, wide)
    return test


def _counted(test: Count, wide: bool) -> Test:
    if test.test is None:
        return test
    low = Count(test.path, test.low, None, _settled(test.test, wide)) if test.low else TRUE
    high = TRUE
    if test.high is not None:
        high = Count(test.path, 0, test.high, _settled(test.test, not wide))
    return both(_simpler(t) for t in (low, high))


def _simpler(test: Test) -> Test:
    """Count all values where all pass; none passes what nothing passes."""
    if not isinstance(test, Count) or test.test not in (TRUE, FALSE):
        return test
    if test.test == TRUE:
        return Count(test.path, test.low, test.high)
    return FALSE if test.low else TRUE


def _settled_one(tests: tuple[Test, ...], wide: bool) -> Test:
    broad, narrow = ([_settled(t, w) for t in tests] for w in (True, False))
    if broad == narrow:
        return exactly_one(broad)
    numbers = range(len(tests))
    if wide:
        twice = (negated(both((narrow[i], narrow[j]))) for i in numbers for j in range(i))
        return both((either(broad), *twice))
    return either(
        both((narrow[i], *(negated(broad[j]) for j in numbers if j != i))) for i in numbers
    )
