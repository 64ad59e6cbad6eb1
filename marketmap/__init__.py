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
