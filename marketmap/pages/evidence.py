"""Evidence: rounds as bought today and as proposed, simulated with the same rules; what that saves, and for whom."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.outputs.files.download import WORKBOOK_MIME, describe_source, encode_workbook
from marketmap.outputs.files.notices import explain_synthetic, notices_of
from marketmap.outputs.files.rates import describe_rates
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.maps.legend import html_table
from marketmap.outputs.report.pair_chart import MOST_ROWS, draw_pairs, pair_areas
from marketmap.outputs.schema.round import DIFFERENCES, DRIVEN, MEASURES
from marketmap.outputs.views.evidence_answers import WHOSE_POUNDS, tell_answers
from marketmap.outputs.views.evidence_view import (
    AREA_HEADINGS,
    AREAS_SAVE,
    BLOCK,
    CARERS,
    COUNTY,
    DISTRICT,
    DRIVEN_HEADINGS,
    FAIR,
    LEVEL_WORDS,
    NOT_A_ROTA,
    POLICY_HEADINGS,
    PROVIDER,
    PROVIDER_HEADINGS,
    PROVIDERS_MOVE,
    EvidenceFiles,
    keep_areas,
    list_levels,
    list_policies,
    read_evidence,
    tabulate_areas,
    tabulate_driven,
    tabulate_policies,
    tabulate_providers,
    tell_baseline,
    tell_policy,
    tell_sparse,
)
from marketmap.outputs.views.round_runs import RoundRun
from marketmap.pages.access import current_user
from marketmap.pages.downloads import Download, offer
from marketmap.pages.frame import close_page, figures, open_page, safe_long, show_fault, show_html, warn
from marketmap.pages.opening import read_county
from marketmap.pages.plan_rounds import COUNTY_RUN, list_runs, tell_standing
from marketmap.pages.round_request import RUN_KEY, show_request
from marketmap.pages.sources import Market, digest_folder

TITLE, COMMAND = "Evidence", "make rounds"
LEDE = "What blocks would save on the road: rounds as bought today beside rounds as proposed, both simulated"
NONE_YET = (
    "No rounds have been simulated yet. They take minutes, so they are not made by themselves: {how}, or run this in "
    "the project's folder for the county's plan, with OUT naming its folder."
)
HERE, BY_OTHERS = "simulate a day or the week below", "have a commissioner simulate a day or the week on this page"
NO_POLICY = "This run simulated today alone: with a plan (make rounds does) it has something to compare it with."


def show() -> None:
    """Draw the page."""
    market = read_county(TITLE)
    if market is None:
        return
    runs = list_runs()
    run = runs.get(str(st.session_state.get(RUN_KEY)), next(iter(runs.values()), None))
    if run is None:
        open_page(TITLE, lede=LEDE)
        st.info(NONE_YET.format(how=HERE if current_user().may("change_plans") else BY_OTHERS))
        st.code(COMMAND, language="bash")
        show_request("")
        close_page(market.notices)
        return
    try:
        files = _read(run.folder, digest_folder(run.folder))
    except MarketmapError as error:
        open_page(TITLE, lede=LEDE)
        _choose_run(runs, run)
        _tell_broken(error, run)
        show_request(run.run_id)
        return
    open_page(TITLE, lede=f"{LEDE}, from the data of {files.record.snapshot_date:%-d %B %Y}")
    _choose_run(runs, run)
    standing = tell_standing(run)
    if standing:
        st.info(standing)
    show_request(run.run_id)
    record = files.record
    warn([explain_synthetic(record.synthetic_note, saving=True) if record.synthetic else "", tell_sparse(files)])
    _answer(files)
    show_html(
        f"<div class='panel'><h3>Today's travel, minutes a carer hour</h3>{figures(tell_baseline(files))}"
        f"<p>{safe_long(FAIR)}</p><p class='small'>{safe_long(NOT_A_ROTA)}</p></div>"
    )
    _show_policies(files)
    _show_areas(files, market)
    _show_driven(files, market)
    _offer_files(files, run)
    close_page(notices_of(record), notes=record.notes)


def _tell_broken(error: MarketmapError, run: RoundRun) -> None:
    """Say why a run cannot be shown, and how it is made again: the county's own by make, the others on this page."""
    what = "The simulated rounds cannot be shown."
    if run.run_id == COUNTY_RUN:
        show_fault(error, what=what, command=COMMAND)
        return
    st.info(f"{what} Have them simulated again, or choose others above.")
    st.code(str(error), language=None, wrap_lines=True)


def _choose_run(runs: Mapping[str, RoundRun], run: RoundRun) -> None:
    """Draw the list of runs, in a select box: their names hold text from people."""
    if len(runs) == 1 and run.run_id == COUNTY_RUN:
        return
    st.session_state[RUN_KEY] = run.run_id
    st.selectbox("Rounds of", list(runs), key=RUN_KEY, format_func=lambda one: runs[one].label if one in runs else one)


@functools.lru_cache(maxsize=4)
def _read(folder: Path, digest: str) -> EvidenceFiles:
    del digest  # part of the cache's key
    return read_evidence(folder)


def _answer(files: EvidenceFiles) -> None:
    """Draw in words what a director asks first: what is saved, how sure that is, and whom it costs their provider."""
    told = tell_answers(files.differences, files.moves, files.record.settings)
    if told:
        items = "".join(f"<p><strong>{safe_long(policy)}.</strong> {safe_long(text)}</p>" for policy, text in told)
        show_html(f"<div class='panel'><h3>In short</h3>{items}</div>")


def _show_policies(files: EvidenceFiles) -> None:
    st.subheader("Policies side by side", anchor=False)
    told = tabulate_policies(files)
    if told.empty:
        st.info(NO_POLICY)
        return
    numbers = [name for name in POLICY_HEADINGS if name != "policy"]
    made = html_table(told, caption="The whole county, against today", headings=POLICY_HEADINGS, numbers=numbers)
    show_html(
        f"<div class='scroll wide' tabindex='0' role='region' aria-label='Policies'>{made}</div>"
        "<p class='small'>Minutes of travel for each carer hour of contact, with the interval of the change. Hours "
        "released hold their own travel; the ceiling is what they would be if all freed time were contact.</p>"
        + "".join(
            f"<p class='small'>{safe_long(text)}</p>" for text in (*describe_rates(files.record.settings), WHOSE_POUNDS)
        )
    )


def _show_areas(files: EvidenceFiles, market: Market) -> None:
    policies, levels = list_policies(files), list_levels(files)
    if not policies:
        return
    st.subheader("Before and after", anchor=False)
    left, right = st.columns(2)
    policy = left.selectbox("Policy", policies, format_func=tell_policy, key="evidence_policy")
    level = right.selectbox("By", levels, format_func=LEVEL_WORDS.__getitem__, key="evidence_level")
    names = {str(code): str(name) for code, name in market.provider_names.items()} if level == PROVIDER else {}
    names = dict(market.district_names) if level == DISTRICT else names
    rows = keep_areas(files, str(policy), str(level), names=names)
    whole = keep_areas(files, str(policy), COUNTY, names={})
    by_provider = level == PROVIDER
    if by_provider:
        show_html(f"<div class='warn' role='note'>{safe_long(PROVIDERS_MOVE)}</div>")
    pairs = pair_areas(rows)
    st.altair_chart(draw_pairs(pairs), width="stretch", alt="Travel before and after, as the table below says")
    if len(pairs) > MOST_ROWS:
        first = "largest" if by_provider else "that save most"
        show_html(f"<p class='small'>The {MOST_ROWS} {first}; the table has all {len(pairs):,}.</p>")
    told = tabulate_providers(rows, whole) if by_provider else tabulate_areas(rows, whole)
    headings = (PROVIDER_HEADINGS if by_provider else AREA_HEADINGS) | {"area": LEVEL_WORDS[str(level)]}
    made = html_table(
        told,
        caption="Hours and travel before and after" if by_provider else "Travel before and after",
        headings=headings,
        numbers=[name for name in headings if name != "area"],
    )
    more = "" if by_provider else f" {AREAS_SAVE}"
    more += " Outside: postcodes in no block." if level == BLOCK else ""
    show_html(
        f"<div class='scroll wide' tabindex='0' role='region' aria-label='Before and after'>{made}</div>"
        f"<p class='small'>Over the days simulated.{more}</p>"
    )


def _show_driven(files: EvidenceFiles, market: Market) -> None:
    st.subheader("Today as it was driven", anchor=False)
    names = {str(code): str(name) for code, name in market.provider_names.items()}
    told = tabulate_driven(files, names=names)
    numbers = [name for name in DRIVEN_HEADINGS if name not in ("provider", "coverage")]
    made = html_table(
        told, caption="Each provider's rounds in call monitoring", headings=DRIVEN_HEADINGS, numbers=numbers
    )
    show_html(
        f"<div class='scroll wide' tabindex='0' role='region' aria-label='As driven'>{made}</div>"
        f"<p class='small'>{safe_long(CARERS)}</p>"
    )


def _offer_files(files: EvidenceFiles, run: RoundRun) -> None:
    st.subheader("Take away", anchor=False)
    about = {"Rounds of": run.label} | describe_source(files.record)

    def make_workbook() -> bytes:
        sheets = {"Before and after": (files.differences, DIFFERENCES), "Policies": (files.measures, MEASURES)}
        return encode_workbook(sheets | {"As driven": (files.driven, DRIVEN)}, about)

    offer(
        [
            Download(
                "Before and after (CSV)", "round_differences.csv", lambda: encode_table(files.differences, DIFFERENCES)
            ),
            Download("As driven (CSV)", "rounds_driven.csv", lambda: encode_table(files.driven, DRIVEN)),
            Download("All of it (XLSX)", "rounds.xlsx", make_workbook, WORKBOOK_MIME),
        ],
        rows=False,
        key="evidence",
    )
