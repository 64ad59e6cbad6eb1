"""Evidence: rounds as bought today and as proposed, simulated with the same rules; what that saves, and for whom."""

from __future__ import annotations

import functools
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
from marketmap.pages import jobs
from marketmap.pages.access import current_user, demand
from marketmap.pages.downloads import Download, offer
from marketmap.pages.frame import close_page, figures, open_page, safe_long, show_fault, show_html, warn
from marketmap.pages.opening import read_county
from marketmap.pages.plan_rounds import hold_still, list_runs
from marketmap.pages.plan_run import follow_job, latest_job
from marketmap.pages.sources import Market, current_place, digest_folder

TITLE, COMMAND = "Evidence", "make rounds"
LEDE = "What blocks would save on the road: rounds as bought today beside rounds as proposed, both simulated"
NONE_YET = (
    "No rounds have been simulated yet. A whole week of a county takes some twenty minutes or more, so it is not made "
    "by itself: run this in the project's folder, with OUT naming the plan's folder, or simulate one day here."
)
OLD = (
    "These rounds are older than the county's tables, settings or plan. Run `make rounds` in the project's folder, "
    "with the COUNTY, OUT and ROUNDS that this app is served with."
)
NO_POLICY = "This run simulated today alone: with a plan (make rounds does) it has something to compare it with."


def show() -> None:
    """Draw the page."""
    market = read_county(TITLE)
    if market is None:
        return
    folder = _choose_folder()
    if folder is None:
        open_page(TITLE, lede=LEDE)
        st.info(NONE_YET)
        st.code(COMMAND, language="bash")
        _simulate_day()
        close_page(market.notices)
        return
    try:
        files = _read(folder, digest_folder(folder))
    except MarketmapError as error:
        open_page(TITLE, lede=LEDE)
        show_fault(error, what="The simulated rounds cannot be shown.", command=COMMAND)
        _simulate_day()
        return
    open_page(TITLE, lede=f"{LEDE}, from the data of {files.record.snapshot_date:%-d %B %Y}")
    _choose_run()
    if not hold_still(folder, current_place().results["blocks"]):
        st.info(OLD)
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
    _offer_files(files)
    _simulate_day()
    close_page(notices_of(record), notes=record.notes)


def _choose_folder() -> Path | None:
    runs = list_runs()
    return runs.get(str(st.session_state.get("evidence_run")), next(iter(runs.values()), None))


def _choose_run() -> None:
    runs = list(list_runs())
    if len(runs) > 1:
        st.segmented_control("Run", runs, default=runs[0], key="evidence_run")


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


def _offer_files(files: EvidenceFiles) -> None:
    st.subheader("Take away", anchor=False)
    about = describe_source(files.record)

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


def _simulate_day() -> None:
    """Draw the button that simulates the last day of call monitoring, and how far it is."""
    place, user = current_place(), current_user()
    if not user.may("change_plans"):
        return
    job = latest_job("rounds", place.county_id, user.user_id)
    at_work = job is not None and job.is_at_work
    with st.expander("Simulate one day here", expanded=at_work):
        st.caption(
            "The last day of call monitoring, as today and with the county's plan, in a process of its own: some "
            "minutes for a large county. One day has wide intervals; the whole week is for the command line."
        )
        if st.button("Simulate one day", disabled=at_work, key="evidence_day"):
            plan = place.results["blocks"]
            asked = {"days": 1} | ({"plan": str(plan)} if plan.is_dir() else {})
            try:
                jobs.start("rounds", place, user=demand("change_plans").user_id, asked=asked)
            except MarketmapError as error:
                show_html(f"<div class='warn' role='alert'>{safe_long(str(error))}</div>")
                return
            st.rerun()
        if job is not None:
            follow_job(job, opens=False)
