"""A synthetic county on real postcodes, for trying everything out; see `SampleSettings` for what is planted."""

from marketmap.inputs.sample.county import build_sample
from marketmap.inputs.sample.folder import SampleError
from marketmap.inputs.sample.settings import SampleSettings

__all__ = ["SampleError", "SampleSettings", "build_sample"]
