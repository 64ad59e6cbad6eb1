"""What is wrong with tables, drawn: its kinds, every row of it, and the files to mend."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.maps.legend import html_table
from marketmap.outputs.schema.columns import OutputTable
from marketmap.outputs.schema.input import INPUT_FINDINGS
from marketmap.outputs.views.input_check import InputCheck
from marketmap.outputs.views.input_words import KIND_HEADINGS, kind_rows
from marketmap.pages.downloads import Download, offer
from marketmap.pages.frame import show_html

# Of a list of faulty rows; the file has them all.
MOST_ROWS = 1_000


def show_findings(check: InputCheck, *, key: str) -> None:
    """Draw what is wrong with tables: its kinds, every row of it, and the files to mend.

    Parameters
    ----------
    check
        Of the county shown, or of tables that somebody tried to upload.
    key
        Tells the two apart on one page.
    """
    kinds = html_table(kind_rows(check), caption="What to mend", headings=KIND_HEADINGS, numbers=("rows",))
    show_wide(kinds, name="What to mend")
    with st.expander(f"Every row at fault ({len(check.findings):,})"):
        if len(check.findings) > MOST_ROWS:
            show_html(f"<p class='small'>The first {MOST_ROWS:,}; the file has all.</p>")
        shown = check.findings.head(MOST_ROWS).assign(row=check.findings["row"].astype("Int64"))
        heads = {
            column.name: st.column_config.Column(column.head, help=column.meaning) for column in INPUT_FINDINGS.columns
        }
        st.dataframe(shown, column_config=heads, hide_index=True, key=f"findings_{key}", width="stretch")
    files = [csv_of("All findings (CSV)", check.findings, INPUT_FINDINGS)]
    files += [
        Download(f"{file} with its faults marked (CSV)", f"marked_{place}.csv", partial(bytes, check.marked[file]))
        for place, file in enumerate(sorted(check.marked), start=1)
    ]
    offer(files, rows=True, key=f"mend_{key}")


def show_wide(table: str, *, name: str) -> None:
    """Draw an HTML table that scrolls by itself, by keyboard too, where the window is narrower than it.

    Parameters
    ----------
    table
        Of `marketmap.outputs.maps.legend.html_table`.
    name
        A literal: what a screen reader calls the scrolling part.
    """
    inner = f"<div style='min-width:58rem'>{table}</div>"
    show_html(f"<div class='scroll' tabindex='0' role='region' aria-label='{name}'>{inner}</div>")


def csv_of(label: str, frame: pd.DataFrame, table: OutputTable) -> Download:
    """Offer a frame as the CSV of a table."""
    return Download(label, table.path.rsplit("/", 1)[-1], lambda: encode_table(frame, table))
