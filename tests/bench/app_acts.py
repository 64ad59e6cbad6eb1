"""What the bench of the app clicks, and how it knows that the page is drawn to its end."""

from __future__ import annotations

FRAME = "iframe[title='streamlit_folium.st_folium']"
# Name of a select box of the market map, and between how many of its options to change.
FILTERS = (("District", 3), ("Service", 2), ("Time of day", 3), ("Show on the map", 4))
_STATE = "document.querySelector(\"[data-testid='stApp']\")?.dataset.testScriptState"
BUSY = f"() => {_STATE} !== 'notRunning'"
IDLE = f"() => {_STATE} === 'notRunning'"
# Whether the map has areas to click.
AREAS = """() => typeof map !== 'undefined'
  && Object.values(map._layers || {}).some((one) => one.feature?.properties?.layer === 'areas')"""
# A click on one of the map's areas, as Leaflet hears it.
FIRE = """(_element, wanted) => {
  const found = Object.values(map._layers).filter((one) => one.feature?.properties?.layer === 'areas');
  const layer = found[wanted % found.length];
  layer.fire('click', {latlng: layer.getBounds().getCenter()}, true);
}"""
