"""Moves of packages between providers that pay off even with no block at all."""

from marketmap.blocks.swaps.confirmation import Confirm, Confirmation
from marketmap.blocks.swaps.marks import Marks
from marketmap.blocks.swaps.search import SwapList, find_swaps

__all__ = ["Confirm", "Confirmation", "Marks", "SwapList", "find_swaps"]
