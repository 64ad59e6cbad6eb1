"""The columns of what helps to decide on a plan: who is next, what starts when, what if a company leaves."""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, OutputTable

NEXT_PROVIDERS = OutputTable(
    "internal/next_providers.csv",
    "each proposed block and its suggested provider, the next two, or its backup",
    (
        Column("block_id", "text", "The block"),
        Column(
            "rank",
            "count",
            "1 suggested; then those with room in this plan, those without, those who could have the guarantee only; "
            "cheapest first in each",
            "rank",
        ),
        Column("provider_id", "text", "The provider"),
        Column("provider_name", "text", "Its name"),
        Column("company_id", "text", "The company behind it; a backup is of another company than the suggested one"),
        Column("cqc_rating", "text", "Its latest CQC rating, as the providers table gives it"),
        Column("room_in_plan", "yes_no", "Whether it could have the block with this plan's other blocks as they are"),
        Column(
            "backup",
            "yes_no",
            "Whether it is the block's backup: the cheapest with room for the guarantee, if there is one",
        ),
        Column("minutes_week", "model", "The block's part of the objective with it"),
        Column("minutes_more_week", "model", "That less the suggested provider's"),
        Column("hours_already_with_provider", "hours", "Zone hours that it delivers today"),
        Column("hours_changing_hands", "hours", "Zone hours delivered by others today, which would move to it"),
        Column("price_hour", "pounds_hour", "Its price, as the providers table gives it"),
        Column(
            "pounds_more_week",
            "pounds",
            "Price above the suggested provider's × all carer hours of the zone; blank where a price is not known",
            "pounds a week",
        ),
        Column(
            "carer_hours_room_after_plan",
            "hours",
            "Carer hours it could still take on once all of the plan has happened",
            "carer hours a week",
        ),
        Column(
            "carer_hours_room_left",
            "hours",
            "The same if it had this block too; negative: so many hours short",
            "carer hours a week",
        ),
        Column(
            "carer_hours_guaranteed",
            "hours",
            "What a backup must have room for: delivered there by the suggested provider, or waiting",
            "carer hours a week",
        ),
        Column("reason", "text", "What it would change, in words"),
    ),
    note="Each backup is found on its own: a provider may be the backup of several blocks and has the room for one of "
    "them at a time; the reason counts the others. What happens when a whole company leaves "
    "is another question: marketmap without.",
)

ROLLOUT = OutputTable(
    "internal/rollout.csv",
    "each proposed block, in the order in which they can start",
    (
        Column("rollout_rank", "count", "Place in the order: most gain first among those possible by then", "rank"),
        Column("rollout_step", "count", "Blocks of one step start on one day; nearly always a single one", "step"),
        Column("block_id", "text", "The block"),
        Column("suggested_provider_id", "text", "Its suggested provider"),
        Column("suggested_provider_name", "text", "Its name"),
        Column("possible_now", "yes_no", "Whether it could be the first of all, before its provider's other blocks"),
        Column("gain_minutes_week", "model", "Its gain_total"),
        Column("cumulative_gain_minutes_week", "model", "Gain of this block and all before it"),
        Column("hours_with_others", "hours", "Zone hours delivered by other providers today"),
        Column("cumulative_hours_with_others", "hours", "The same of this block and all before it"),
        Column("hours_guaranteed_start", "hours", "What could be guaranteed on day one"),
        Column("cumulative_hours_guaranteed", "hours", "The same of this block and all before it"),
        Column(
            "carer_hours_new",
            "hours",
            "Carer hours in the zone that its provider does not deliver today",
            "carer hours a week",
        ),
        Column(
            "carer_hours_room_before",
            "hours",
            "What its provider could take on when the steps before have happened, all their moves made",
            "carer hours a week",
        ),
        Column(
            "rollout_after",
            "list",
            "Blocks that must come first for the room, beside its provider's own earlier blocks; chosen greedily",
        ),
        Column("starts_with", "list", "The other blocks of its step"),
        Column("note", "text", "Why it can start then"),
    ),
    note="A plan counts on all of its moves: a provider may take a block because another block takes work off it. The "
    "order is greedy: no step is impossible, but another order might gain as much sooner.",
)

EXIT_BLOCKS = OutputTable(
    "internal/exit_blocks.csv",
    "each block of the company that leaves, and each block that it becomes",
    (
        Column("block_id", "text", "The block in the plan; spot: a new one where the company works outside blocks"),
        Column("status", "text", "proposed, existing or held in the plan; spot for a new one"),
        Column("former_provider_id", "text", "Which of the company's providers has it"),
        Column(
            "answer",
            "text",
            "whole: goes whole to another; step_in: one has room for what the company delivers and who waits, other "
            "hours stay where they are; redrawn: another zone; nobody",
        ),
        Column("new_block_id", "text", "Name of what it becomes; blank for nobody"),
        Column("suggested_provider_id", "text", "Who could have it; blank for nobody"),
        Column("suggested_provider_name", "text", "Its name"),
        Column("district_code", "text", "Local-authority district of the centre (ONS code)"),
        Column("hours_zone", "hours", "Placeable contact hours in it"),
        Column("hours_from_company", "hours", "Of those: delivered by the company today"),
        Column("hours_with_others", "hours", "Of those: delivered by others today"),
        Column("hours_waiting", "hours", "Of those: for people who wait"),
        Column("carer_hours_zone", "hours", "Zone hours × carers required", "carer hours a week"),
        Column("reason", "text", "Why, counting the providers that could not have it by reason"),
    ),
    note="Written by `marketmap without`. Other blocks keep their zone, provider and room. All the blocks with answer "
    "whole are given out together at the least cost, proven best; then those to step in.",
)

EXIT_HOURS = OutputTable(
    "internal/exit_hours.csv",
    "each block (or spot), district, answer and new provider",
    (
        Column("block_id", "text", "The block of the plan in which the packages lie, or spot"),
        Column("district_code", "text", "Local-authority district (ONS code); blank where the place is not known"),
        Column(
            "answer",
            "text",
            "rehomed, step_in, other_block (another provider's block, by the plan), nobody, spot (package by package), "
            "one_by_one (marked do_not_move), out_of_scope (not bought in blocks)",
        ),
        Column("suggested_provider_id", "text", "Who could take them up; blank where nobody is found"),
        Column("packages", "count", "Packages that the company delivers, or that wait in its blocks", "packages"),
        Column("people", "count", "People with such a package", "people"),
        Column("hours_from_company", "hours", "Contact hours that the company delivers today"),
        Column("hours_waiting", "hours", "Contact hours that wait in its blocks"),
        Column("carer_hours", "hours", "Both × carers required", "carer hours a week"),
        Column("reason", "text", "Why they have this answer"),
    ),
    note="Written by `marketmap without`. Every hour that the company delivers stands here once.",
)

EXIT_POSTCODES = OutputTable(
    "internal/exit_postcodes.csv",
    "each postcode whose block or provider changes",
    (
        Column("postcode", "text", "The postcode, with one space"),
        Column("block_id_before", "text", "Its block in the plan, or spot"),
        Column("block_id_after", "text", "Its block once the company has left, or spot"),
        Column("suggested_provider_id", "text", "Who could have it then; blank for spot"),
        Column("suggested_provider_name", "text", "Its name"),
    ),
    note="Written by `marketmap without`.",
)

DECISION_TABLES = (NEXT_PROVIDERS, ROLLOUT, EXIT_BLOCKS, EXIT_HOURS, EXIT_POSTCODES)
