import dataclasses
import html
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from marketmap.outputs.files.notices import make_notices
from marketmap.outputs.gate.disclosure import POSTCODE, Shown, show_name
from marketmap.outputs.report.chapter import INTERNAL, PUBLIC, Chapter, Drawing, Figure, Listing, View
from marketmap.outputs.report.charts import draw_bars
from marketmap.outputs.report.page import Report, write_page
from marketmap.outputs.report.style import STYLE
from marketmap.outputs.report.telling import read_shown, say, tell_evidence, tell_number
from marketmap.outputs.schema.columns import Column, Evidence, OutputTable
from tests.outputs.factory import HOSTILE_NAMES

NOTICES = make_notices(synthetic=True, illustrative_roads=True, open_street_map=False, postcode_source="2025")
TABLE = OutputTable(
    "internal/areas.csv",
    "area",
    (
        Column("name", "text", "Name"),
        Column("part", "count", "n"),
        Column("whole", "count", "of"),
        Column("share", "share", "Share", evidence=Evidence("part", "whole", "low", "high")),
        Column("low", "share", "Low", evidence=Evidence("part", "whole", "low", "high")),
        Column("high", "share", "High", evidence=Evidence("part", "whole", "low", "high")),
    ),
)
PUBLIC_TABLE = OutputTable(
    "public/areas.csv", "area", (Column("name", "text", "Name"), Column("hours", "text", "Hours", "h"))
)


def listing(names: list[str]) -> Listing:
    frame = pd.DataFrame({"name": names, "part": 3, "whole": 10, "share": 0.3, "low": 0.1, "high": 0.6})
    return Listing(TABLE, frame, "Areas", {"name": "Area", "share": "Share"}, rows=3)


def page(view: View, *, audience: str = INTERNAL, answer: tuple[str, ...] = ()) -> str:
    report = Report(title="Rural gaps", over="County", question="The answer", answer=answer)
    chapter = Chapter("need", "Need", internal=view, public=view)
    return write_page(report, [chapter], audience=audience, notices=NOTICES)  # type: ignore[arg-type]


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.links: list[str] = []
        self.names: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        given = dict(attrs)
        self.links += [given["href"] or ""] if "href" in given else []
        self.names += [given["id"] or ""] if "id" in given else []
        assert not [name for name, _ in attrs if name.startswith("on") or name == "src"]


def test_hostile_text_is_text_everywhere() -> None:
    names = [*HOSTILE_NAMES[:6], "=1+1", "{{ 7*7 }}"]
    hostile = " ".join(names)
    drawn = draw_bars(pd.DataFrame({"n": names, "v": 1.0}), label="n", value="v", unit=hostile, alt_text=hostile)
    text = page(
        View(
            reading=(hostile,),
            figures=(Figure(hostile, hostile, hostile),),
            drawings=(dataclasses.replace(drawn, caption=hostile),),
            listings=(dataclasses.replace(listing(names), caption=hostile, rows=99),),
            notes=(hostile,),
        ),
        answer=(hostile,),
    )
    tags = Tags(text)
    assert not {"img", "script", "link", "iframe", "object", "a href"} & set(tags.seen)
    assert text.count("{{ 7*7 }}") >= 8
    assert text.count("&lt;img src=x onerror=alert(1)&gt;") >= 8


def test_the_page_needs_nothing_from_anywhere() -> None:
    text = page(View(reading=("One.",)))
    assert "default-src 'none'" in html.unescape(text)
    assert not re.search(r"https?://", text.replace("http://www.w3.org/2000/svg", ""))
    assert all(link.startswith("#") for link in Tags(text).links)
    assert {"header", "main", "footer"} <= set(Tags(text).seen)


def test_links_lead_somewhere_and_names_stand_once() -> None:
    drawings = tuple(
        draw_bars(pd.DataFrame({"n": ["a", "b"], "v": [1.0, value]}), label="n", value="v", unit="h", alt_text="Hours.")
        for value in (None, 2.0)
    )
    tags = Tags(page(View(reading=("One.",), drawings=drawings)))
    assert {link[1:] for link in tags.links} <= set(tags.names)
    assert len(tags.names) == len(set(tags.names))


def test_the_answer_stands_before_everything_else() -> None:
    text = page(View(reading=("Later.",)), answer=("First gap.", "Second gap.", "Third gap."))
    body = text.split("<body>")[1]
    assert body.index("First gap.") < body.index("Third gap.") < body.index("Later.")
    assert body.index("Synthetic data · Illustrative roads") < body.index("First gap.")


def test_a_long_table_says_where_the_rest_is() -> None:
    text = page(View(reading=("One.",), listings=(listing([f"Area {number}" for number in range(9)]),)))
    assert "Area 2" in text
    assert "Area 3" not in text
    assert "The first 3 of 9 rows; all are in internal/areas.csv." in text


def test_an_estimate_is_never_told_without_what_it_rests_on() -> None:
    text = page(View(reading=("One.",), listings=(listing(["Area"]),)))
    lines = r"30%\s*<span class=\"evidence\">3 of 10</span><span class=\"evidence\">10% to 60%</span>"
    assert re.search(lines, text)
    row = {"part": None, "whole": 10, "share": None, "low": None, "high": None}
    assert tell_evidence(row, TABLE.column("share"), TABLE) == ("not enough data",)


@pytest.mark.parametrize(
    ("value", "kind", "told"),
    [(None, "hours", "–"), (1234.5, "hours", "1,234"), (0.126, "share", "13%"), (-3.2, "pounds", "-£3"),
     (True, "yes_no", "yes"), (-0.001, "hours", "0"), (24.5, "pounds_hour", "£24.50"), (Shown("*"), "hours", "*"),
     (4042.8, "index", "4,043"), (0.0426, "index", "0.043"), (2.704, "index", "2.70")],
)  # fmt: skip
def test_numbers_are_told_by_their_kind(value: object, kind: str, told: str) -> None:
    assert tell_number(value, kind) == told


def test_what_is_shown_is_read_back_and_no_more() -> None:
    shown = pd.Series([Shown("*"), Shown("about 1,205"), Shown("47%"), Shown("0")], dtype=object)
    assert read_shown(shown).fillna(-1).tolist() == [-1, 1205, 0.47, 0]


def public_listing(value: str) -> Listing:
    cells = {"name": [Shown("Stroud")], "hours": [value]}
    return Listing(PUBLIC_TABLE, pd.DataFrame(cells, dtype=object), "Hours", {"name": "Area", "hours": "Hours"})


def test_a_public_page_takes_what_went_through_the_gate() -> None:
    view = View(reading=(say("{n} wait.", n=Shown("15")),), listings=(public_listing(Shown("15")),))
    assert "15 wait." in page(view, audience=PUBLIC)


@pytest.mark.parametrize(
    "view",
    [
        View(reading=("3 people wait.",)),
        View(figures=(Figure("People", "3"),)),
        View(figures=(Figure("People", Shown("15"), "3 of 4"),)),
        View(notes=("3 people",)),
        View(listings=(public_listing("3"),)),
        View(listings=(listing(["Area"]),)),
        View(drawings=(Drawing("<svg/>", "3 people"),)),
    ],
    ids=["sentence", "figure", "evidence", "note", "cell", "internal table", "drawing"],
)
def test_a_public_page_refuses_what_did_not(view: View) -> None:
    with pytest.raises(ValueError, match=r"gate|not a public table"):
        page(view, audience=PUBLIC)
    with pytest.raises(ValueError, match="gate"):
        say("{n} wait.", n="3")  # type: ignore[arg-type]


def test_no_colour_looks_like_a_postcode() -> None:
    # The gate would refuse the page.
    assert not POSTCODE.search(STYLE)
    frame = pd.DataFrame({"n": ["a", "b"], "v": [1.0, None]})
    drawing = draw_bars(frame, label="n", value="v", unit="h", alt_text="Hours.")
    assert not POSTCODE.search(page(View(drawings=(drawing,))))


def test_an_only_chapter_does_not_repeat_the_first_screen() -> None:
    text = page(View(reading=("Told above.", "Told below.")), answer=("Told above.",))
    assert text.count("Told above.") == 1
    assert text.count("Told below.") == 1
    assert "<nav" not in text


def test_days_and_choices_are_told_in_words() -> None:
    assert tell_number(pd.Timestamp("2026-05-08"), "text") == "8 May 2026"
    assert tell_number("no_carer_at_that_time", "text") == "no carer at that time"
    assert tell_number("GL_7", "text") == "GL_7"


def test_a_public_sentence_begins_with_a_capital_and_a_piece_of_one_does_not() -> None:
    some = show_name("about 5")
    assert say("{n} wait.", n=some) == "About 5 wait."
    assert say("{n} of {n}", n=some) == "about 5 of about 5"
