"""The columns of what a plan has when it was shaped by hand: the locks in force and the list of edits."""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, OutputTable

PLAN_LOCKS = OutputTable(
    "internal/plan_locks.csv",
    "each place of each lock that the plan keeps, where some were asked for beside the council's own",
    (
        Column(
            "kind",
            "text",
            "hold, forbid, together or apart, as in the table of locks; begin: a block that the search began from",
        ),
        Column("lock_id", "text", "Names the lock; of hold it names the block"),
        Column("provider_id", "text", "Whom it is about; blank for together and apart"),
        Column("place", "text", "One postcode, postcode sector or district code"),
        Column("origin", "text", "Who asked for it: the council's own table, or whoever shaped the plan"),
    ),
    note="The council's own locks stand here too, so that the file, without its rows of kind begin, can take the place "
    "of locks.csv. One difference: a block that was kept when the plan was shaped is a proposed block, whose room is "
    "counted with the whole plan; a zone that the council's own table holds must have room by itself. Personal data by "
    "inference where a place is one postcode. Keep it internal.",
)

EDITS = OutputTable(
    "internal/edits.csv",
    "each edit that was made to the plan by hand, in order",
    (
        Column("number", "count", "1: the first", "rank"),
        Column("edit", "text", "What was done, in words"),
    ),
)

EDIT_TABLES = (PLAN_LOCKS, EDITS)
