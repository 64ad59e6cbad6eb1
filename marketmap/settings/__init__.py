"""Every setting of a run, in one TOML file read into frozen dataclasses.

An unknown key is a fault, so a misspelt setting can never be ignored silently. The whole of `Settings` is
echoed into ``run.json``. ``docs/settings.md`` is made from the docstrings of the dataclasses (`dictionary`).
"""

from marketmap.settings.bounds import calibration_faults, market_faults, speed_table_faults, travel_faults
from marketmap.settings.market import MarketSettings
from marketmap.settings.reading import (
    SETTINGS_FILE,
    load_settings,
    read_settings,
    settings_from_mapping,
    settings_to_mapping,
)
from marketmap.settings.rounds import RoundSettings
from marketmap.settings.schema import (
    TIME_BANDS,
    AreaSettings,
    BlockSettings,
    CalibrationSettings,
    ClusterSettings,
    CountySettings,
    DisclosureSettings,
    PostcodeSettings,
    RoadSettings,
    Settings,
    SolverSettings,
    ValidationSettings,
)
from marketmap.settings.swaps import EvaluationSettings, SwapSettings, WaitingSettings
from marketmap.settings.traffic import (
    DEFAULT_SCENARIOS,
    DEFAULT_SPEEDS_KMH,
    DRIVE,
    JUNCTION,
    MODES,
    OFF_PEAK,
    OTHER,
    ROAD_CLASSES,
    WALK,
    Figure,
    TravelSettings,
    figures,
)

__all__ = [
    "DEFAULT_SCENARIOS",
    "DEFAULT_SPEEDS_KMH",
    "DRIVE",
    "JUNCTION",
    "MODES",
    "OFF_PEAK",
    "OTHER",
    "ROAD_CLASSES",
    "SETTINGS_FILE",
    "TIME_BANDS",
    "WALK",
    "AreaSettings",
    "BlockSettings",
    "CalibrationSettings",
    "ClusterSettings",
    "CountySettings",
    "DisclosureSettings",
    "EvaluationSettings",
    "Figure",
    "MarketSettings",
    "PostcodeSettings",
    "RoadSettings",
    "RoundSettings",
    "Settings",
    "SolverSettings",
    "SwapSettings",
    "TravelSettings",
    "ValidationSettings",
    "WaitingSettings",
    "calibration_faults",
    "figures",
    "load_settings",
    "market_faults",
    "read_settings",
    "settings_from_mapping",
    "settings_to_mapping",
    "speed_table_faults",
    "travel_faults",
]
