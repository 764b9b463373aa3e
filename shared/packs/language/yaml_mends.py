"""What is said of text that YAML reads otherwise than its author: numbers, and commas in `{…}` and `[…]`."""

from collections.abc import Iterator, Sequence


def no_number(text: str) -> str:
    """What is said of a number that is not a whole one of up to 18 digits."""
    if not text.lstrip("+-").isdecimal():
        return f'a number has no fraction; a decimal is text in quotes: "{text[:40]}"'
    if text.lstrip("+-").startswith("0"):
        return (
            f'a number does not begin with 0: {text.lstrip("+-0") or 0}; what is no number is in quotes: "{text[:40]}"'
        )
    return f'a number has at most 18 digits; what is no number is in quotes: "{text[:40]}"'


def mend(name: str, text: object) -> str:
    """What is said of a value in a flow map that an unquoted comma tears apart."""
    return f'a comma ends a value inside {{…}}; put the text in quotes: {name}: "{str(text)[:80]}"'


def torn_items(items: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Items of a flow list that an unquoted comma tears apart: a bracket is opened in one and closed in a later one.

    What is no plain text is empty. Gives the position of the first part, and what to write.
    """
    for index, item in enumerate(items):
        if _open_brackets(item) <= 0:
            continue
        for end in range(index + 2, len(items) + 1):
            whole = ", ".join(items[index:end])
            if _open_brackets(whole) == 0:
                yield index, f'a comma ends a value inside […]; put the text in quotes: "{whole[:80]}"'
                break


def _open_brackets(text: str) -> int:
    return sum(text.count(mark) for mark in "(（") - sum(text.count(mark) for mark in ")）")
