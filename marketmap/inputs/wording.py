"""Counting things in a sentence."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Say how many: ``"1 row"``, ``"1,204 rows"``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
