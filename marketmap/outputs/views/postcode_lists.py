"""A list of postcodes answered from a plan, line by line: the block, whose it is, and what is wrong with a line."""

from __future__ import annotations

import csv
import io

import pandas as pd

from marketmap.errors import OutputError
from marketmap.inputs.postcodes import normalise_postcodes
from marketmap.outputs.files.reading import PlanFiles
from marketmap.outputs.maps.zones import SPOT

# More than any waiting list or week of referrals; a page of answers is drawn from it.
MOST_LINES = 5_000
HEADERS = ("postcode", "post code", "post_code", "pcd", "pcds", "pcode")
NO_POSTCODE, ELSEWHERE, BLOCK = "not a postcode", "not in this county", "block"
PLAN_COLUMNS = ["block_id", "block_status", "provider_id", "provider_name", "backup_id", "backup_name"]


def read_list(content: str | bytes) -> pd.DataFrame:
    """Read a list of postcodes that somebody pasted in or uploaded.

    Parameters
    ----------
    content
        One postcode a line, or CSV: with a header that names a column of postcodes (`HEADERS`, capitals or not), else
        the first cell of a line that is a postcode counts, else its first cell.

    Returns
    -------
    DataFrame
        ``line`` (from 1, as an editor counts), ``asked`` (the text); blank lines are left out.

    Raises
    ------
    OutputError
        When there is no line, or more than `MOST_LINES`, or the bytes are no text.
    """
    rows = [
        (number, [cell.strip() for cell in row])
        for number, row in _number_rows(_decode(content))
        if any(map(str.strip, row))
    ]
    if not rows:
        raise OutputError(
            "There is no line in the list. Put one postcode on each line, or a CSV with a column postcode."
        )
    heads = [cell.strip("\ufeff").lower() for cell in rows[0][1]]
    column = next((heads.index(name) for name in HEADERS if name in heads), None)
    if column is None:
        cells = pd.Series([cell for _, row in rows for cell in row], dtype="str")
        known = iter(normalise_postcodes(cells).notna())
        fits = [[next(known) for _ in row] for _, row in rows]
        found = [
            (number, row[flags.index(True)] if True in flags else next(cell for cell in row if cell))
            for (number, row), flags in zip(rows, fits, strict=True)
        ]
    else:
        found = [(number, row[column] if column < len(row) else "") for number, row in rows[1:]]
    if len(found) > MOST_LINES:
        raise OutputError(f"The list has {len(found):,} lines; {MOST_LINES:,} is the most at once. Divide it.")
    return pd.DataFrame(found, columns=["line", "asked"])


def answer_list(plan: PlanFiles, asked: pd.DataFrame) -> pd.DataFrame:
    """Answer a list of postcodes from a plan.

    Parameters
    ----------
    asked
        As `read_list` gives it.

    Returns
    -------
    DataFrame
        The columns of `marketmap.outputs.schema.broker.ANSWERS`, a row a line, in order.
    """
    postcode = normalise_postcodes(asked["asked"].astype("str"))
    known = postcode.isin(plan.postcodes.index)
    told = describe_postcodes(plan, postcode.where(known).reset_index(drop=True))
    answer = told["block_id"].map(lambda block: SPOT if block == SPOT else BLOCK).where(known.to_numpy(), ELSEWHERE)
    answer = answer.where(postcode.notna().to_numpy(), NO_POSTCODE)
    head = asked.reset_index(drop=True).assign(postcode=postcode.fillna("").to_numpy(), answer=answer.to_numpy())
    return pd.concat([head, told], axis="columns")


def describe_postcodes(plan: PlanFiles, postcodes: pd.Series) -> pd.DataFrame:
    """Say of postcodes in their usual spelling which block each is in, and who would serve it.

    Returns
    -------
    DataFrame
        Indexed like ``postcodes``: `PLAN_COLUMNS` and ``reason``, blank where the plan does not know the postcode.
    """
    found = plan.postcodes.reindex(postcodes).set_axis(postcodes.index)
    blocks = plan.proposals.set_index("block_id")
    names = plan.eligible.drop_duplicates("provider_id").set_index("provider_id")["provider_name"]
    backup = found["block_id"].map(blocks["backup_provider_id"]).replace("", None)
    frame = pd.DataFrame(
        {
            "block_id": found["block_id"],
            "block_status": found["block_id"].map(blocks["status"]),
            "provider_id": found["suggested_provider_id"],
            "provider_name": found["suggested_provider_name"],
            "backup_id": backup,
            "backup_name": backup.map(names).fillna(backup),
            "reason": found["reason"],
        }
    )
    return frame.astype(object).where(frame.notna(), "")


def _decode(content: str | bytes) -> str:
    if isinstance(content, str):
        return content
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise OutputError("The file is not text. Save the list as CSV, or paste it in.")


def _number_rows(text: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_find_delimiter(text))
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            rows.append((reader.line_num, row))
            if len(rows) > 2 * MOST_LINES:
                raise OutputError(f"The list is longer than {MOST_LINES:,} lines. Divide it.")
    except csv.Error as error:
        raise OutputError(f"Line {reader.line_num} of the list cannot be read as CSV: {error}. Mend it.") from error
    return rows


def _find_delimiter(text: str) -> str:
    head = text.split("\n", 1)[0]
    return max(",;\t", key=head.count)
