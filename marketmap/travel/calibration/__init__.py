"""Fits travel times to the gaps between visits that call monitoring saw."""

from marketmap.travel.calibration.coverage import measure_coverage
from marketmap.travel.calibration.factors import Calibration, calibrate
from marketmap.travel.calibration.gaps import observe_gaps
from marketmap.travel.calibration.scenario_file import write_scenarios

__all__ = ["Calibration", "calibrate", "measure_coverage", "observe_gaps", "write_scenarios"]
