"""Maps: zones, areas and places drawn with Folium, in classes and colours that everybody can tell apart."""
