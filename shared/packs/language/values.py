"""What an expression yields, as it is stored and published: a number without a fraction is an int, any other text."""

from decimal import Decimal

PlainValue = str | int | bool | list[str] | None


def plain(value: object) -> PlainValue:
    """The result of `Expression.value` without decimals.

    A number that is written without a decimal point is an int, any other number is its text (`"60.50"`); the items
    of a list are text; text, true, false and null stay what they are.
    """
    match value:
        case None | bool() | str():
            return value
        case list() | tuple():
            return [text(item) for item in value]
        case _:
            number = text(value)
            return int(number) if number.removeprefix("-").isdigit() else number


def text(value: object) -> str:
    """The text of one result: `60.50`, `true`; a decimal is never written with an exponent."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)
