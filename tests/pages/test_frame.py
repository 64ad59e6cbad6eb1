import pytest

from marketmap.pages import frame


@pytest.mark.parametrize(
    ("properties", "row"),
    [
        ({"layer": "zones", "row": 3}, 3),
        ({"layer": "sectors", "row": 3}, None),
        ({"layer": "zones", "row": "3"}, None),
        ({"layer": "zones"}, None),
        ({}, None),
    ],
)
def test_a_click_counts_only_on_a_shape_of_the_layer(
    monkeypatch: pytest.MonkeyPatch, properties: dict[str, object], row: int | None
) -> None:
    state = {"map": {"last_active_drawing": {"properties": properties}}}
    monkeypatch.setattr(frame.st, "session_state", state)
    assert frame.clicked("map", layer="zones") == row


@pytest.mark.parametrize("state", [{}, {"map": None}, {"map": {"last_active_drawing": None}}, {"map": {}}])
def test_no_click_is_no_row(monkeypatch: pytest.MonkeyPatch, state: dict[str, object]) -> None:
    monkeypatch.setattr(frame.st, "session_state", state)
    assert frame.clicked("map", layer="zones") is None


def test_figures_and_sentences_are_escaped() -> None:
    assert "<b>" not in frame.figures({"Name": "<b>"})
    assert frame.safe_long("a <b>\nc") == "a &lt;b&gt;<br>c"


@pytest.mark.parametrize(("found", "shown"), [("stale", True), ("missing", False)])
def test_old_results_are_shown_while_new_ones_are_made(
    monkeypatch: pytest.MonkeyPatch, found: str, *, shown: bool
) -> None:
    monkeypatch.setattr(frame, "results_currency", lambda _kind: found)
    monkeypatch.setattr(frame, "results_state", lambda _kind: "making")
    assert frame.needs("rural") is shown
