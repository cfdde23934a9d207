"""The classes of what is written otherwise than it is said: one vocabulary for verbalizer, rules, guard and figures.

Source of the term and most names: Taylor, Text-to-Speech Synthesis (2009), and the text-normalization literature after it.
"""

from __future__ import annotations

from enum import StrEnum


class Semiotic(StrEnum):
    """What kind of expression a stretch of written text is."""

    PLAIN = "plain"
    """A word that is written as it is said."""
    PUNCT = "punct"
    """Says nothing."""
    CARDINAL = "cardinal"
    """1.500"""
    DIGITS = "digits"
    """007, said digit by digit."""
    DECIMAL = "decimal"
    """2,5"""
    FRACTION = "fraction"
    """3/4"""
    ORDINAL = "ordinal"
    """thứ 2"""
    PERCENT = "percent"
    """35%"""
    ROMAN = "roman"
    """thế kỷ XXI"""
    DATE = "date"
    """24/7/2025"""
    TIME = "time"
    """6 giờ 50"""
    DURATION = "duration"
    """3 phút 20 giây"""
    RANGE = "range"
    """10-12"""
    SCORE = "score"
    """tỷ số 2-1"""
    MONEY = "money"
    """1.500.000 đồng"""
    MEASURE = "measure"
    """12 kg"""
    TELEPHONE = "telephone"
    """0912 345 678"""
    PLATE = "plate"
    """30A-123.45"""
    CODE = "code"
    """A1, nCoV"""
    ADDRESS = "address"
    """12/3B"""
    ABBREVIATION = "abbreviation"
    """TP.HCM"""
    ELECTRONIC = "electronic"
    """abc@abc.com"""
    SYMBOL = "symbol"
    """&, +"""
