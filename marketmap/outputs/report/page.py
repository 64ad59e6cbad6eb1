"""A report as one HTML file: no script, nothing fetched, the answer first; to read, to print and to send on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from marketmap.outputs.files.notices import Notices
from marketmap.outputs.gate.disclosure import Shown, encode_public_table
from marketmap.outputs.plans.prospectus_page import POLICY
from marketmap.outputs.report.chapter import PUBLIC, Audience, Chapter, Figure, Listing, View
from marketmap.outputs.report.style import STYLE
from marketmap.outputs.report.telling import tell_rows

# A table with more columns than this is printed on a turned page.
UPRIGHT_COLUMNS = 7
# Text from data comes in as values only, and every value is escaped; what is Markup is ours.
FORM = """<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ report.title }}</title>
<style>{{ style }}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<p class="over">{{ report.over }}</p>
<h1>{{ report.title }}</h1>
{% if flags %}<p class="flags">{{ flags }}</p>{% endif %}
</header>
<main id="content">
<section class="answer" aria-labelledby="answer">
<h2 id="answer">{{ report.question }}</h2>
{% if report.answer %}<ol>{% for sentence in report.answer %}<li>{{ sentence }}</li>{% endfor %}</ol>{% endif %}
{% for sentence in report.beside %}<p>{{ sentence }}</p>{% endfor %}
</section>
{{ figures(report.figures) }}
<p class="over">{{ report.basis }}</p>
{% if chapters|length > 1 %}<nav aria-label="Chapters">
<h3>Chapters</h3>
<ol>{% for chapter, _ in chapters %}<li><a href="#{{ chapter.key }}">{{ chapter.title }}</a></li>{% endfor %}</ol>
</nav>{% endif %}
{% for chapter, view in chapters %}
<section class="chapter" id="{{ chapter.key }}" aria-labelledby="{{ chapter.key }}-title">
<h2 id="{{ chapter.key }}-title">{{ loop.index }}. {{ chapter.title }}</h2>
<div class="reading">{% for sentence in view.reading %}<p>{{ sentence }}</p>{% endfor %}</div>
{{ figures(view.figures) }}
{% if view.drawings %}<div class="drawings">
{% for drawing in view.drawings %}<figure{% if drawing.wide %} class="whole"{% endif %}>{{ drawing.svg|ours }}
{% if drawing.caption %}<figcaption>{{ drawing.caption }}</figcaption>{% endif %}</figure>
{% endfor %}</div>{% endif %}
{% for listing in view.listings if listing.headings %}{{ table(listing) }}{% endfor %}
{% if view.notes %}<ul class="notes">{% for note in view.notes %}<li>{{ note }}</li>{% endfor %}</ul>{% endif %}
</section>
{% endfor %}
</main>
<footer>
{% for note in report.notes %}<p>{{ note }}</p>{% endfor %}
<p>{{ licence }}</p>
</footer>
</body>
</html>
"""
FIGURES = """{% if shown %}<dl class="figures">{% for figure in shown %}<div class="figure">
<dt>{{ figure.label }}</dt><dd>{{ figure.value }}
{%- if figure.evidence %}<div class="evidence">{{ figure.evidence }}</div>{% endif %}</dd></div>
{% endfor %}</dl>{% endif %}"""
TABLE = """<div class="scroll{% if turned %} turned{% endif %}" role="region" tabindex="0" aria-label="{{ caption }}">
<table><caption>{{ caption }}</caption>
<thead><tr>{% for head in heads %}<th scope="col"{% if head.number %} class="number"{% endif %}>{{ head.text }}
{%- if head.unit %}<span class="unit">{{ head.unit }}</span>{% endif %}</th>{% endfor %}</tr></thead>
<tbody>{% for row in rows %}<tr>{% for cell in row %}
{%- if loop.first %}<th scope="row"{% if cell.text|length < 22 %} class="short"{% endif %}>{{ cell.text }}</th>
{%- else %}<td{% if heads[loop.index0].number %} class="number"
{%- elif cell.text|length < 22 %} class="short"{% endif %}>{{ cell.text }}
{%- for line in cell.evidence %}<span class="evidence">{{ line }}</span>{% endfor %}</td>{% endif %}
{%- endfor %}</tr>
{% else %}<tr><td colspan="{{ heads|length }}">None.</td></tr>{% endfor %}</tbody></table></div>
{% if more %}<p class="more">{{ more }}</p>{% endif %}"""
_SIGNS = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
_SIGNS.filters["ours"] = Markup


@dataclass(frozen=True)
class Report:
    """What the page says besides its chapters.

    Attributes
    ----------
    title, over
        The heading, and the line above it: county and date.
    question
        Heading of the first screen's answer.
    answer
        The answer: numbered sentences, the most important first.
    beside
        Sentences below them that must be known to read them rightly.
    figures
        At most six.
    basis
        What the figures rest on.
    notes
        At the foot of the page: how it was made, what was done to small numbers.
    """

    title: str
    over: str
    question: str
    answer: Sequence[str]
    beside: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    basis: str = ""
    notes: Sequence[str] = ()


def write_page(report: Report, chapters: Sequence[Chapter], *, audience: Audience, notices: Notices) -> str:
    """Write a report for one audience.

    Parameters
    ----------
    report
        Its first screen.
    chapters
        In order; one without a view for the audience is left out.
    notices
        Flags and licence.

    Returns
    -------
    str
        The page; text from data is escaped.

    Raises
    ------
    ValueError
        When a figure or a cell of the public page did not go through the gate: a defect of the program.
    """
    views = [(chapter, view) for chapter in chapters if (view := chapter.view(audience)) is not None]
    if audience == PUBLIC:
        _refuse_raw(report, [view for _, view in views])
    if len(views) == 1:
        views = [(views[0][0], _leave_out_told(views[0][1], report))]
    return _SIGNS.from_string(FORM).render(
        report=report,
        chapters=views,
        figures=_write_figures,
        table=_write_table,
        policy=POLICY,
        style=Markup(STYLE),  # noqa: S704  our own
        flags=" · ".join(notices.flags),
        licence=notices.licence,
    )


def _leave_out_told(view: View, report: Report) -> View:
    """Leave out of a page's only chapter what the first screen, right above it, has told already."""
    told, shown = {*report.answer, *report.beside}, {*report.figures}
    reading = tuple(sentence for sentence in view.reading if sentence not in told)
    figures = tuple(figure for figure in view.figures if figure not in shown)
    return replace(view, reading=reading, figures=figures)


def _write_figures(shown: Sequence[Figure]) -> Markup:
    return Markup(_SIGNS.from_string(FIGURES).render(shown=shown))  # noqa: S704  escaped by the template


def _write_table(listing: Listing) -> Markup:
    frame = listing.frame.head(listing.rows)
    heads, rows = tell_rows(frame, listing.table, listing.headings)
    rest = len(listing.frame) - len(frame)
    more = f"The first {len(frame):,} of {len(listing.frame):,} rows; all are in {listing.table.path}." if rest else ""
    values: dict[str, Any] = {
        "caption": listing.caption,
        "heads": heads,
        "rows": rows,
        "more": more,
        "turned": len(listing.headings) > UPRIGHT_COLUMNS,
    }
    return Markup(_SIGNS.from_string(TABLE).render(**values))  # noqa: S704  escaped by the template


def _refuse_raw(report: Report, views: Sequence[View]) -> None:
    """Refuse a public page that holds a figure, a sentence, a cell or a drawing that is not `Shown`."""
    figures = (*report.figures, *(figure for view in views for figure in view.figures))
    told = [
        *report.answer,
        *report.beside,
        *(text for view in views for text in (*view.reading, *view.notes)),
        *(text for figure in figures for text in (figure.value, figure.evidence) if text),
    ]
    for text in told:
        if not isinstance(text, Shown):
            raise ValueError(f"public text did not go through the gate: {text[:40]}")  # noqa: TRY004  a defect
    for view in views:
        if not all(drawing.shown for drawing in view.drawings):
            raise ValueError("a public drawing was drawn from figures that did not go through the gate")
        for listing in view.listings:
            encode_public_table(listing.frame, listing.table)  # refuses what is not shown
