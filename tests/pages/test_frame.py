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
