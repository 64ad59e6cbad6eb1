"""The council's tables, its postcodes and its areas: the only room that opens what a council gives.

`read_county` reads a county folder whole and checked. `CONTRACTS` says what each table holds; the templates and the
data dictionary come from it (`templates`). The sample county is made in `marketmap.inputs.sample`.
"""

from marketmap.inputs.columns import Column, Contract
from marketmap.inputs.contracts import CONTRACTS
from marketmap.inputs.county import County, SourceFile, Tables, read_county
from marketmap.inputs.postcodes import PostcodeDirectory, infer_districts, load_directory, normalise_postcodes
from marketmap.inputs.readers import read_table
from marketmap.inputs.validation import check_table

__all__ = [
    "CONTRACTS",
    "Column",
    "Contract",
    "County",
    "PostcodeDirectory",
    "SourceFile",
    "Tables",
    "check_table",
    "infer_districts",
    "load_directory",
    "normalise_postcodes",
    "read_county",
    "read_table",
]
