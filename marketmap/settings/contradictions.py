"""What single settings cannot show: figures that cannot be, and settings that gainsay each other."""

from __future__ import annotations

from marketmap.errors import Fault
from marketmap.settings.bounds import calibration_faults, market_faults, travel_faults
from marketmap.settings.round_bounds import round_faults
from marketmap.settings.schema import TIME_BANDS, Settings
from marketmap.settings.swap_bounds import evaluation_faults, swap_faults, waiting_faults


def contradictions(settings: Settings, file: str) -> list[Fault]:
    """Find what is wrong with settings that are each of the right type.

    Parameters
    ----------
    settings
        All of them.
    file
        Name of the file they are from, for the faults.
    """
    blocks, solver = settings.blocks, settings.solver
    checks = [
        (
            "blocks.min_hours",
            blocks.min_hours > blocks.max_hours,
            f"the minimum size ({blocks.min_hours:g} hours) is above the maximum ({blocks.max_hours:g})",
            "Lower min_hours or raise max_hours",
        ),
        ("blocks.max_hours", blocks.max_hours <= 0, "must be above 0", "Give contact hours a week"),
        ("blocks.min_hours", blocks.min_hours < 0, "must not be negative", "Give contact hours a week"),
        ("blocks.round_hours", blocks.round_hours <= 0, "must be above 0", "Give carer hours in a round"),
        (
            "blocks.full_time_hours_week",
            blocks.full_time_hours_week <= 0,
            "must be above 0",
            "Give hours a week",
        ),
        ("blocks.share_cap", not 0 < blocks.share_cap <= 1, "must be above 0 and at most 1", "Give a share"),
        (
            "blocks.turnover_week",
            not 0 <= blocks.turnover_week < 1,
            "must be from 0 to below 1",
            "Give a share",
        ),
        ("blocks.reach_minutes", blocks.reach_minutes <= 0, "must be above 0", "Give minutes"),
        ("blocks.patch_hours", blocks.patch_hours <= 0, "must be above 0", "Give contact hours a week"),
        ("blocks.start_weeks", blocks.start_weeks < 0, "must not be negative", "Give weeks"),
        (
            "blocks.band_minutes",
            set(blocks.band_minutes) != set(TIME_BANDS),
            "must name every time band and no other",
            f"Give {', '.join(TIME_BANDS)}",
        ),
        (
            "blocks.band_mix",
            not set(blocks.band_mix) <= set(TIME_BANDS),
            "names a time band that there is none of",
            f"Use {', '.join(TIME_BANDS)}",
        ),
        (
            "blocks.band_minutes",
            min(blocks.band_minutes.values(), default=0) <= 0,
            "must be above 0",
            "Give minutes",
        ),
        (
            "blocks.band_mix",
            not 0.999 <= sum(blocks.band_mix.values()) <= 1.001 or min(blocks.band_mix.values()) < 0,
            "must be shares that sum to 1",
            "Give a share for each band",
        ),
        ("clusters.max_minutes", settings.clusters.max_minutes <= 0, "must be above 0", "Give minutes"),
        ("solver.max_iterations", solver.max_iterations < 0, "must not be negative", "Give a count"),
        (
            "solver.max_seconds",
            solver.max_seconds < 0,
            "must not be negative",
            "Give seconds, 0 for no limit",
        ),
        (
            "solver.guard_seconds",
            not solver.guard_seconds >= 0,
            "must not be negative",
            "Give seconds, 0 for no guard",
        ),
        ("solver.seed", solver.seed < 0, "must not be negative", "Give 0 or a whole number above it"),
        (
            "solver.max_gap",
            not 0 <= solver.max_gap < 1,
            "must be from 0 to below 1",
            "Give a share, e.g. 0.02",
        ),
        *(
            (f"disclosure.{name}", getattr(settings.disclosure, name) < 1, "must be 1 or more", "Give a whole number")
            for name in ("least_people", "round_to", "least_companies")
        ),
        (
            "disclosure.dominance",
            not 0 < settings.disclosure.dominance <= 1,
            "must be above 0 and at most 1",
            "Give a share, e.g. 0.75",
        ),
        (
            "validation.max_rejected_share",
            not 0 <= settings.validation.max_rejected_share < 1,
            "must be from 0 to below 1",
            "Give a share of rows, e.g. 0.05",
        ),
    ]
    faults = [Fault(file, what, remedy, column=name) for name, wrong, what, remedy in checks if wrong]
    weights = (
        "block_cost_minutes",
        "move_minutes_hour",
        "price_minutes_pound",
        "unserved_minutes_hour",
        "factor_inside",
        "factor_outside",
    )
    faults += [
        Fault(file, "must not be negative", "Give minutes", column=f"blocks.{name}")
        for name in weights
        if getattr(blocks, name) < 0
    ]
    for table, told in (
        ("travel", travel_faults(settings.travel)),
        ("calibration", calibration_faults(settings.calibration)),
        ("market", market_faults(settings.market)),
        ("rounds", round_faults(settings.rounds)),
        ("swaps", swap_faults(settings.swaps)),
        ("waiting", waiting_faults(settings.waiting)),
        ("evaluation", evaluation_faults(settings.evaluation)),
    ):
        faults += [Fault(file, what, remedy, column=f"{table}.{name}") for name, what, remedy in told]
    return faults
