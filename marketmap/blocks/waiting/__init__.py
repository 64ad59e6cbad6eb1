"""Who could take each person who waits, with nobody's spare hours given away twice."""

from marketmap.blocks.waiting.matches import WaitingMatches, find_matches
from marketmap.blocks.waiting.nearest import find_nearest_providers
from marketmap.blocks.waiting.zones import BlockZones, zones_already_let

__all__ = ["BlockZones", "WaitingMatches", "find_matches", "find_nearest_providers", "zones_already_let"]
