"""The broker's question answered: which block a postcode is in, and whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from marketmap.errors import OutputError
from marketmap.inputs.postcodes import normalise_postcodes
from marketmap.outputs.files.record import read_record, refuse_purged
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.schema.block import BLOCK_POSTCODES


def look_up(out: Path, postcodes: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Look postcodes up in the output folder of a blocks run.

    Parameters
    ----------
    out
        The output folder.
    postcodes
        In any spelling.

    Returns
    -------
    answers, unknown
        Rows of ``block_postcodes.csv`` in the order asked, and the texts that are no postcode of the county.

    Raises
    ------
    OutputError
        When the folder holds no blocks run.
    """
    record = read_record(out)
    refuse_purged(record, out)
    if BLOCK_POSTCODES.path not in record.outputs:
        written = " ".join(map(str, record.command)) or "another verb"
        raise OutputError(f"{out} holds no plan (it was written by: {written}). Name the folder of a blocks run.")
    listed = read_table(out / BLOCK_POSTCODES.path, BLOCK_POSTCODES).set_index("postcode", drop=False)
    canonical = normalise_postcodes(pd.Series(list(postcodes), dtype="str"))
    known = canonical.isin(listed.index)
    answers = listed.loc[canonical[known]].reset_index(drop=True)
    return answers, [text for text, found in zip(postcodes, known, strict=True) if not found]
