"""Numbers as Terraform calculates with them: in decimal, and only as far as no digit is lost."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

__all__ = ["calculate", "decimal_text"]

_WHOLE: Mapping[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
_METHODS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "remainder"}
#: Digits that a `float` keeps.
_DIGITS = 15


def calculate(sign: str, left: float, right: float) -> int | float | None:
    """`left sign right`; `None` where it has more digits than are kept, or no value."""
    if isinstance(left, int) and isinstance(right, int) and sign in _WHOLE:
        return _WHOLE[sign](left, right)
    import decimal

    traps = [decimal.Inexact, decimal.InvalidOperation, decimal.DivisionByZero]
    context = decimal.Context(prec=_DIGITS, traps=traps)
    one, two = decimal.Decimal(repr(left)), decimal.Decimal(repr(right))
    try:
        made: decimal.Decimal = getattr(context, _METHODS[sign])(one, two)
    except decimal.DecimalException:
        return None
    return int(made) if made == made.to_integral_value() else float(made)


def decimal_text(value: float) -> str:
    """A number as text without an exponent."""
    text = repr(int(value)) if value == int(value) else repr(value)
    if "e" not in text:
        return text
    from decimal import Decimal

    return f"{Decimal(text):f}"
