"""One way to read a number from a place in a text."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from data.text.semiotics import Semiotic


class Number(NamedTuple):
    """What the words from a place on may mean."""

    end: int
    """The position behind its last word."""
    value: int | Decimal
    kind: Semiotic = Semiotic.CARDINAL
    """CARDINAL, DECIMAL, DIGITS (one after the other) or RANGE (sáu bảy for 6-7)."""
    doubt: float = 0.0
    """0: the words have no other sensible reading; the larger, the rarer is this one."""
    digits: str = ""
    """DIGITS: as said, with leading zeros. DECIMAL: as said, with the zeros behind the point."""
    mantissa: str = ""
    """What stands before the scale in 1,5 triệu (with a point), if it was said so."""
    scale: str = ""
    """triệu, tỷ, triệu tỷ…, if the number was said as a mantissa and a scale."""
    upper: int | None = None
    """RANGE: its other end."""

    @property
    def certain(self) -> bool:
        """Whether this is the only sensible reading of its words."""
        return self.doubt == 0
