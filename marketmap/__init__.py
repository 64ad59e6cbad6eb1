"""marketmap finds clusters of home-care demand that one provider could pick up, and proposes small blocks there.

Data flows one way through the rooms; each imports only from those before it:

    inputs   council tables, postcodes, areas, the sample county   -> Tables
    travel   roads, minutes between postcodes, who is next to whom -> TravelTimes
    market   demand, footprints, prices                            -> measures
    blocks   clusters, block design, provider allocation           -> Plan
    outputs  tables, maps, reports, the record of a run            -> one output folder
    check    re-derives every claim from the files alone           -> findings
    cli/ and pages/ put a face on it: Make targets and the app.
"""

import os

# Drivers of GDAL that open another file or ask a server when a map file of a council says so. GDAL reads this when it
# is first imported, so it stands before every room.
_SKIPPED = (
    *("GDALG", "OGR_VRT", "WFS", "OAPIF", "OGCAPI", "CSW", "Carto", "AmigoCloud", "Elasticsearch"),
    *("NGW", "PLSCENES", "EEDA", "HTTP"),
)
# Once each: a child process inherits them, and GDAL complains of a driver that it is told to skip twice.
os.environ["OGR_SKIP"] = ",".join(dict.fromkeys(filter(None, [*os.environ.get("OGR_SKIP", "").split(","), *_SKIPPED])))
