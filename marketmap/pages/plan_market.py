"""The county's tables, where a page of a plan can do without them."""

from __future__ import annotations

from marketmap.errors import MarketmapError
from marketmap.pages.sources import Market, load_market


def known_market() -> Market | None:
    """Read the county; None where its tables cannot be read, which the page of the data explains."""
    try:
        return load_market()
    except MarketmapError:
        return None
