"""What the simulated rounds take as given: the ``[rounds]`` table of the settings file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FIRST_VISIT, OFFICE, PATCH = "first_visit", "office", "patch"
BAND, PLANNED = "band", "planned"
BEGINS = (FIRST_VISIT, OFFICE, PATCH)
WINDOWS = (BAND, PLANNED)


@dataclass(frozen=True)
class RoundSettings:
    """Rules of the simulated rounds: the same for the rounds as bought today and as proposed.

    Attributes
    ----------
    shifts
        Each shift's earliest begin and latest end; one that ends before it begins passes midnight. Assumed: usual
        home-care rotas.
    most_minutes
        Longest round of each shift from begin to end, with waits and the break, minutes; assumed.
    break_after_minutes
        No round is longer than this without a break: the Working Time Regulations 1998, regulation 12. A visit that is
        longer has a round of its own.
    break_minutes
        Length of the break, unpaid, minutes: what the same regulation asks for at least.
    break_at
        Each shift's time of day that the break parts. A round with visits on both sides of it (by the middle of when
        they may begin) makes the earlier ones first and has its break before the later ones. A shift that is not named
        has no break (a night's is taken in the house); assumed.
    bands
        When a visit may begin where the calls table says no earliest and latest; assumed: usual home-care bands.
    window
        When a visit may begin: "band" (its call's earliest to latest, else its band) or "planned" (about its planned
        begin).
    window_minutes
        With "planned": so many minutes before and after the planned begin; assumed.
    critical_minutes
        A time-critical call may begin so many minutes before and after its planned begin, whatever ``window`` says;
        assumed.
    day_begins
        Visits that were to begin before this time of day belong to the night shift of the day before.
    begin
        Where a round begins and ends: "first_visit" (at its first and last visit: the way from and to the carer's home
        is no working time for the National Minimum Wage and no travel here), "office" or "patch" (the middle of the
        provider's visits of the day).
    stop_minutes
        Added to every journey between two postcodes: parking and the walk to the door; assumed.
    round_cost_minutes
        What one more round counts for against travel, minutes: about the carer's own way from home and back; assumed,
        and the baseline hangs on it (docs/rounds.md). Savings are differences at the same value.
    iterations_visit
        How long each provider's day is searched: iterations of the engine for each visit of the day.
    least_iterations
        And at the least so many.
    processes
        Days that are worked out at a time; the result does not depend on it.
    co2e_km
        kgCO2e a kilometre driven: the average car of unknown fuel in ``co2e_source``. Read where others use that set,
        not in the set itself. Newer yearly sets exist: give a figure of theirs with its year and source.
    co2e_year
        Year of the set that the factor is from.
    co2e_source
        The set that the factor is from, in words that stand beside every kgCO2e.
    resamples
        Resamples of provider-days behind each interval.
    confidence
        Of each interval, as a share.
    """

    shifts: Mapping[str, tuple[str, str]] = field(
        default_factory=lambda: {"early": ("06:30", "15:30"), "late": ("15:00", "23:30"), "night": ("21:00", "08:00")}
    )
    most_minutes: Mapping[str, float] = field(default_factory=lambda: {"early": 480.0, "late": 480.0, "night": 660.0})
    break_after_minutes: float = 360.0
    break_minutes: float = 20.0
    break_at: Mapping[str, str] = field(default_factory=lambda: {"early": "11:00", "late": "19:00"})
    bands: Mapping[str, tuple[str, str]] = field(
        default_factory=lambda: {
            "morning": ("07:00", "10:30"),
            "lunch": ("11:30", "14:30"),
            "tea": ("16:00", "19:00"),
            "bed": ("19:00", "22:15"),
            "night": ("22:00", "07:00"),
        }
    )
    window: str = BAND
    window_minutes: float = 30.0
    critical_minutes: float = 15.0
    day_begins: str = "05:00"
    begin: str = FIRST_VISIT
    stop_minutes: float = 1.5
    round_cost_minutes: float = 30.0
    iterations_visit: float = 12.0
    least_iterations: int = 300
    processes: int = 2
    co2e_km: float = 0.17067
    co2e_year: int = 2022
    co2e_source: str = (
        "UK Government GHG Conversion Factors for Company Reporting (BEIS, now DESNZ), average car, unknown fuel"
    )
    resamples: int = 2000
    confidence: float = 0.95
