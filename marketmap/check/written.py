"""The contract of the written files, and the checker's own reading of them."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pandas as pd

from marketmap.check.findings import Unreadable, count, some

PROPOSALS = "internal/block_proposals.csv"
POSTCODES = "internal/block_postcodes.csv"
POINTS = "internal/block_points.csv"
ELIGIBLE = "internal/eligible_providers.csv"
NEXT = "internal/next_providers.csv"
ROLLOUT = "internal/rollout.csv"
EXIT_BLOCKS = "internal/exit_blocks.csv"
EXIT_HOURS = "internal/exit_hours.csv"
EXIT_POSTCODES = "internal/exit_postcodes.csv"
ALTERNATIVES = "internal/alternatives.csv"
ALTERNATIVE_DIFFERENCES = "internal/alternative_differences.csv"
ALTERNATIVE_POSTCODES = "internal/alternative_postcodes.csv"
FRONTIER = "internal/frontier.csv"
FRONTIER_POSTCODES = "internal/frontier_postcodes.csv"
SENSITIVITY = "internal/sensitivity.csv"
NEIGHBOURS = "internal/neighbours.csv"
UNPLACED = "internal/unplaced.csv"
REJECTED = "internal/rejected.csv"
PLAN_LOCKS = "internal/plan_locks.csv"
EDITS = "internal/edits.csv"
DRAFT = "internal/draft.json"
SWAP_LIST = "internal/swap_list.csv"
SWAP_PROVIDERS = "internal/swap_providers.csv"
SWAP_TOTALS = "internal/swap_totals.csv"
WAITING_MATCHES = "internal/waiting_matches.csv"
WAITING_TOTALS = "internal/waiting_totals.csv"
LOOKUP = "internal/lookup.csv"
ROLL_OUT = "internal/roll_out.csv"
ROLL_OUT_AREAS = "internal/roll_out_areas.csv"
ROUNDS = "internal/rounds.csv"
ROUNDS_UNSERVED = "internal/rounds_unserved.csv"
ROUNDS_AS_TODAY = "internal/rounds_as_today.csv"
ROUND_PLACES = "internal/round_places.csv"
ROUND_MEASURES = "internal/round_measures.csv"
ROUND_DIFFERENCES = "internal/round_differences.csv"
ROUNDS_DRIVEN = "internal/rounds_driven.csv"
RECORD = "run.json"

SPOT = "spot"
PROPOSED, EXISTING, HELD = "proposed", "existing", "held"
EDITED = "edited"
# Where a lock of plan_locks.csv comes from, if not from whoever shaped the plan.
COUNCIL = "the council's table of locks"

# How a spreadsheet knows a formula: a sign (or its full-width form), or the white space it skips before one.
RUNS = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
GUARDED = re.compile("'+" + RUNS.pattern)

# What a column holds: an identifier (never blank), text, a number, a number that may be blank, or yes/no.
ID, TEXT, NUMBER, MAYBE, YESNO = "id", "text", "number", "maybe", "yesno"


def _kinds(**columns: str) -> dict[str, str]:
    return {name: kind for kind, names in columns.items() for name in names.split()}


FIGURES = (
    "blocks hours_in_blocks share_in_blocks travel_minutes_saved_week carer_hours_moving hours_moving "
    "hours_waiting_placed pounds_above_usual_week"
)
BLANK_WITHOUT_PRICE = frozenset({"pounds_above_usual_week", "pounds_more_week"})
VARIANT_POSTCODES = _kinds(
    id="plan block_id postcode centre_postcode suggested_provider_id",
    maybe="minutes_to_centre cost_travel cost_rounds cost_moves cost_price",
)
STOPS = _kinds(
    id="policy day provider_id shift visit_id package_id postcode",
    number="round carers place travel_minutes arrives wait_minutes break_minutes begins ends earliest latest "
    "back_minutes",
)
CONTRACT: dict[str, dict[str, str]] = {
    PROPOSALS: _kinds(
        id="block_id status suggested_provider_id company_id",
        text="suggested_provider_name cqc_rating centre_postcode district_code district_name sectors reason basis "
        "backup_provider_id rollout_after",
        number="postcodes people packages hours_zone hours_already_with_provider hours_with_others hours_waiting "
        "hours_fixed expected_starts_hours_13w expected_ends_hours_13w hours_guaranteed_start carers_full_time "
        "driving_minutes_saved_week "
        "carer_hours_zone carer_visits_week cost_travel cost_rounds cost_moves cost_price cost_block cost_total "
        "cost_if_left_spot gain_travel gain_waiting gain_rounds gain_moves gain_price gain_block gain_total",
        maybe="weeks_to_fill void_cost_pounds_week annual_value_pounds carers_at_peak_morning carers_at_peak_lunch "
        "carers_at_peak_tea carers_at_peak_bed minutes_per_visit_now minutes_per_visit_proposed "
        "travel_minutes_saved_week rollout_rank",
    ),
    POSTCODES: _kinds(id="postcode block_id live", text="suggested_provider_id suggested_provider_name reason"),
    POINTS: _kinds(
        id="postcode block_id district_code",
        text="centre_postcode",
        number="packages people contact_hours carer_hours carer_visits hours_waiting",
        maybe="carer_hours_held minutes_to_centre minutes_outside cost_travel cost_rounds cost_moves cost_price "
        "cost_outside",
    ),
    ELIGIBLE: _kinds(
        id="block_id provider_id",
        text="provider_name reason",
        maybe="minutes_week hours_already_with_provider",
        yesno="eligible suggested",
    ),
    NEXT: _kinds(
        id="block_id provider_id company_id reason",
        text="provider_name cqc_rating",
        number="rank minutes_week minutes_more_week hours_already_with_provider hours_changing_hands "
        "carer_hours_room_after_plan carer_hours_room_left carer_hours_guaranteed",
        maybe="price_hour pounds_more_week",
        yesno="room_in_plan backup",
    ),
    ROLLOUT: _kinds(
        id="block_id suggested_provider_id note",
        text="suggested_provider_name rollout_after starts_with",
        number="rollout_rank rollout_step gain_minutes_week cumulative_gain_minutes_week hours_with_others "
        "cumulative_hours_with_others hours_guaranteed_start cumulative_hours_guaranteed carer_hours_new "
        "carer_hours_room_before",
        yesno="possible_now",
    ),
    EXIT_BLOCKS: _kinds(
        id="block_id status answer reason",
        text="former_provider_id new_block_id suggested_provider_id suggested_provider_name district_code",
        number="hours_zone hours_from_company hours_with_others hours_waiting carer_hours_zone",
    ),
    EXIT_HOURS: _kinds(
        id="block_id answer reason",
        text="district_code suggested_provider_id",
        number="packages people hours_from_company hours_waiting carer_hours",
    ),
    EXIT_POSTCODES: _kinds(
        id="postcode block_id_before block_id_after", text="suggested_provider_id suggested_provider_name"
    ),
    ALTERNATIVES: _kinds(
        id="plan status",
        number="share_elsewhere objective objective_given_up travel_saved_given_up carer_hours_moving_more",
        maybe=f"share_elsewhere_others lower_bound gap charge_minutes_hour pounds_more_week {FIGURES}",
    ),
    ALTERNATIVE_DIFFERENCES: _kinds(id="plan difference", number="rank hours_elsewhere"),
    ALTERNATIVE_POSTCODES: VARIANT_POSTCODES,
    FRONTIER: _kinds(
        id="plan",
        number="objective objective_proposed_weights",
        maybe=f"move_minutes_hour share_of_most_saved share_of_most_moved lower_bound gap {FIGURES}",
        yesno="proposed dominated",
    ),
    FRONTIER_POSTCODES: VARIANT_POSTCODES,
    SENSITIVITY: _kinds(
        id="variant assumption status",
        maybe=f"objective lower_bound gap {FIGURES} share_same_provider blocks_kept",
    ),
    NEIGHBOURS: _kinds(id="postcode_a postcode_b", number="minutes"),
    UNPLACED: _kinds(id="table row", text="id postcode reason"),
    REJECTED: _kinds(id="table row reason"),
    PLAN_LOCKS: _kinds(id="kind lock_id place origin", text="provider_id"),
    EDITS: _kinds(id="edit", number="number"),
    SWAP_LIST: _kinds(
        id="chain_kind package_id from_provider_id to_provider_id",
        text="chain_id postcode district_code from_provider_name to_provider_name who_must_agree carers_over_half "
        "tupe_advice decision basis",
        maybe="chain_minutes_saved_week hours_week carer_hours_week carer_visits_week minutes_saved_week "
        "minutes_saved_alone minutes_saved_last miles_saved_week cumulative_minutes_saved_week price_from price_to "
        "pounds_more_week from_visits_near to_visits_near",
        yesno="chain_stands_alone",
    ),
    SWAP_PROVIDERS: _kinds(
        id="provider_id",
        text="provider_name basis",
        number="carer_hours_before carer_hours_out carer_hours_in carer_hours_after carer_hours_lowest "
        "carer_hours_highest hours_spare_week packages_out packages_in minutes_saved_of_given",
        maybe="minutes_confirmed",
    ),
    SWAP_TOTALS: _kinds(
        id="status confirmed_by",
        text="basis",
        number="moves moves_accepted chains providers providers_of_county carer_hours_moving minutes_saved_week "
        "minutes_saved_alone minutes_saved_last miles_saved_week model_minutes model_bound turns moves_dropped",
        maybe="pounds_more_week confirmed_minutes_saved_week confirmed_rounds_saved_week confirmed_low confirmed_high",
    ),
    WAITING_MATCHES: _kinds(
        id="package_id answer",
        text="waiting_where postcode district_code needs block_id provider_id provider_name price_basis reason basis",
        maybe="days_waiting priority hours_week carer_hours_week carer_visits_week rank added_minutes_week "
        "added_minutes_visit carer_hours_spare carer_hours_spare_left price_hour pounds_week",
        yesno="of_block fits matched in_street",
    ),
    WAITING_TOTALS: _kinds(
        text="basis",
        number="people_waiting people_matched people_outbid people_nobody_fits people_not_placed "
        "people_with_block_provider carer_hours_waiting carer_hours_matched carer_hours_spare added_minutes_week",
        yesno="proven",
    ),
    LOOKUP: _kinds(
        id="postcode block_id",
        text="provider_id provider_name backup_provider_id backup_provider_name nearest_provider_ids nearest_minutes "
        "basis",
    ),
    ROLL_OUT: _kinds(
        id="outcome scale answer",
        text="meaning kinds comparison why_not basis",
        number="inside outside",
        maybe="effect low high detectable p_value before_inside after_inside before_outside after_outside",
    ),
    ROLL_OUT_AREAS: _kinds(
        id="area kind",
        text="block_id provider_id why_not basis",
        yesno="inside counted",
        maybe="hours_delivered_before hours_delivered_after travel_before travel_after days_waited_before "
        "days_waited_after leakage_before leakage_after",
    ),
    ROUNDS: STOPS,
    ROUNDS_AS_TODAY: STOPS,
    ROUND_PLACES: _kinds(id="postcode district_code rural", text="block_id"),
    ROUNDS_UNSERVED: _kinds(
        id="policy day provider_id visit_id package_id reason", text="postcode", number="carers minutes"
    ),
    ROUND_MEASURES: _kinds(
        id="policy level area_code",
        text="basis",
        number="days provider_days attendances carer_hours travel_minutes miles rounds_day carers_at_once",
        maybe="minutes_hour paid_contact_part",
    ),
    ROUND_DIFFERENCES: _kinds(
        id="policy level area_code",
        text="basis",
        number="days provider_days carer_hours minutes_before minutes_after minutes_saved hours_released hours_ceiling "
        "miles_saved_year mileage_pounds_saved_year kgco2e_saved_year co2e_km co2e_year",
        maybe="minutes_saved_low minutes_saved_high minutes_hour_before minutes_hour_after minutes_hour_change "
        "minutes_hour_change_low minutes_hour_change_high",
    ),
    ROUNDS_DRIVEN: _kinds(
        id="provider_id",
        text="basis",
        maybe="hours_commissioned hours_monitored coverage attendances carer_hours carer_days journeys driven_minutes "
        "driven_minutes_hour simulated_minutes_hour gap_minutes gap_minutes_hour gaps_too_long overlaps "
        "carers_a_package",
        yesno="enough",
    ),
}
FULL = (ALTERNATIVES, ALTERNATIVE_DIFFERENCES, ALTERNATIVE_POSTCODES, FRONTIER, FRONTIER_POSTCODES, SENSITIVITY)
OF_SWAPS = (SWAP_LIST, SWAP_PROVIDERS, SWAP_TOTALS)
OF_WAITING = (WAITING_MATCHES, WAITING_TOTALS, LOOKUP)
OF_ROLL_OUT = (ROLL_OUT, ROLL_OUT_AREAS)
OF_ROUNDS = (ROUNDS, ROUNDS_AS_TODAY, ROUNDS_UNSERVED, ROUND_PLACES, ROUND_MEASURES, ROUND_DIFFERENCES, ROUNDS_DRIVEN)
OPTIONAL = frozenset(
    {
        REJECTED,
        PLAN_LOCKS,
        EDITS,
        EXIT_BLOCKS,
        EXIT_HOURS,
        EXIT_POSTCODES,
        *FULL,
        *OF_SWAPS,
        *OF_WAITING,
        *OF_ROLL_OUT,
        *OF_ROUNDS,
    }
)


def plain(value: str) -> str:
    """Take away the apostrophe that guards a cell which a spreadsheet would run."""
    return value[1:] if GUARDED.match(value) else value


def read_written(folder: Path, file: str) -> pd.DataFrame:
    """Read one written table by its contract: text as it was before any guard, numbers as floats (blank is NaN).

    Raises
    ------
    Unreadable
        Where the file is missing, lacks a column, or a cell is not what its column holds.
    """
    path = folder / file
    if not path.is_file():
        raise Unreadable(file, "the file is missing")
    try:
        text = path.read_text(encoding="utf-8")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        header = rows[0] if rows else []
        # A ragged row is told by the check of the form; here it is cut or filled up.
        body = [(row + [""] * len(header))[: len(header)] for row in rows[1:]]
    except (OSError, ValueError, csv.Error) as error:
        raise Unreadable(file, f"cannot be read as a table ({type(error).__name__})") from error
    frame = pd.DataFrame(body, columns=header, dtype=str)
    frame = frame.loc[:, ~frame.columns.duplicated()]
    lacking = [name for name in CONTRACT[file] if name not in frame.columns]
    if lacking:
        raise Unreadable(file, f"{count(len(lacking), 'column')} missing: {', '.join(lacking)}")
    for name, kind in CONTRACT[file].items():
        cells = frame[name]
        if kind in {NUMBER, MAYBE}:
            numbers = pd.to_numeric(cells.where(cells != ""), errors="coerce").astype(float)
            wrong = ~numbers.abs().lt(float("inf")) & ((cells != "") | (kind == NUMBER))
            frame[name] = numbers
        else:
            wrong = (cells == "") if kind == ID else ~cells.isin(["yes", "no"]) & (kind == YESNO)
            frame[name] = cells.map(plain)
        if wrong.any():
            shown = some(f"row {position + 2}" for position in wrong.to_numpy().nonzero()[0])
            raise Unreadable(file, f"column {name} does not hold what it should", shown)
    return frame
