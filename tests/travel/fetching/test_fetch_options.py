"""Options of fetching roads that no server is asked with: places, boxes, outlines, addresses and files to write."""

from __future__ import annotations

import inspect
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from typer.models import OptionInfo

from marketmap import cli
from marketmap.cli.fetching import roads
from marketmap.errors import InputError, OutputError, RoadsError
from marketmap.inputs.outline import read_outline, thin_outline
from marketmap.travel import RoadNetwork
from marketmap.travel.fetching.download import Servers
from marketmap.travel.fetching.fetch import Asked, check_target
from tests.travel.fetching.map_server import EASTING, NORTHING, MapServer


def zigzag(corners: int, waves: int, *, deep: float) -> shapely.Polygon:
    """Draw a ring of 40 km about the made-up county whose border goes in and out."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    away = 20_000 * (1 + deep * np.sin(turn * waves))
    return shapely.Polygon(np.c_[EASTING + away * np.cos(turn), NORTHING + away * np.sin(turn)])


class TestPlaces:
    @pytest.mark.parametrize(
        "place",
        ["GL7 1AA", "12 High St, gl71aa", "GL7-1AA", "GL7_1AA", "GL7 1A A", "G L 7 1 A A", "xGL7 1AAx", "GL7\u00a01AA",
         "\uff27\uff2c\uff17 1AA", "W1A 0AX"],
    )  # fmt: skip
    def test_postcodes_are_not_sent(self, server: MapServer, fetch: Callable[..., RoadNetwork], place: str) -> None:
        with pytest.raises(RoadsError, match="postcode"):
            fetch(Asked(place=place))
        assert server.asked == []

    @pytest.mark.parametrize("place", [" ", "\n\x00", "\udce9", "x" * 201])
    def test_nor_what_is_no_name(self, server: MapServer, fetch: Callable[..., RoadNetwork], place: str) -> None:
        with pytest.raises(RoadsError, match="--place"):
            fetch(Asked(place=place))
        assert server.asked == []

    def test_control_characters_are_left_out(self, server: MapServer, fetch: Callable[..., RoadNetwork]) -> None:
        network = fetch(Asked(place="Test\x1bshire,\n \x00England\udce9", buffer_km=0.0))
        assert server.asked[0].values["q"] == "Test shire, England"
        assert network.describe()["place"].isprintable()

    def test_long_names_are_cut(self) -> None:
        assert len(str(Asked(outline_name="x" * 5000))) < 200


class TestCommandLine:
    @pytest.mark.parametrize(
        ("option", "value", "says"),
        [
            ("--overpass-url", "http://[::1", "--overpass-url"),
            ("--overpass-url", "http://a:99999999/", "--overpass-url"),
            ("--overpass-url", f"http://{'a' * 64}.uk/", "--overpass-url"),
            ("--nominatim-url", "http://\u2100/", "--nominatim-url"),
            ("--nominatim-url", "http://a b/", "--nominatim-url"),
            ("--bbox", "-0.7,52,inf,53", "--bbox"),
            ("--place", "a\udce9\nGL71AA", "postcode"),
            ("--out", "x" * 300 + ".graphml", "cannot be written"),
            ("--out", "x" * 250 + ".graphml", "cannot be written"),
            ("--out", "nowhere/roads.graphml", "does not exist"),
            ("--boundary", "/dev/zero", "pipe or a device"),
        ],
    )
    def test_faults_end_with_2(
        self, server: MapServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
        option: str, value: str, says: str,
    ) -> None:  # fmt: skip
        monkeypatch.setenv("MARKETMAP_CACHE", str(tmp_path / "cache"))
        monkeypatch.chdir(tmp_path)
        options = {"--overpass-url": server.overpass, "--nominatim-url": server.url} | {option: value}
        if not {"--place", "--bbox", "--boundary"} & set(options):
            options["--place"] = "Testshire"
        words = [f"{name}={text}" for name, text in options.items()]
        monkeypatch.setattr(sys, "argv", ["marketmap", "fetch", "roads", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 2
        assert says in capsys.readouterr().err
        assert server.asked == []
        assert not (tmp_path / "nowhere").exists()

    def test_help_shows_the_defaults_of_the_library(self) -> None:
        library = {"buffer_km": Asked, "max_km2": Asked, "timeout_seconds": Servers, "patience_minutes": Servers}
        hints = inspect.get_annotations(roads, eval_str=True)
        for name, made in library.items():
            (option,) = (item for item in hints[name].__metadata__ if isinstance(item, OptionInfo))
            assert float(str(option.show_default)) == getattr(made, name)


class TestOutlines:
    def test_pipes_and_devices_are_not_read(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "county.geojson")
        for path in (tmp_path / "county.geojson", Path("/dev/zero")):
            with pytest.raises(InputError, match="pipe or a device"):
                read_outline(path)

    def test_a_million_corners(self) -> None:
        fine = zigzag(1_000_000, 7, deep=0.05)
        began = time.process_time()
        thin = thin_outline(fine)
        assert time.process_time() - began < 5
        assert shapely.get_num_coordinates(thin) < 3000
        assert thin.is_valid
        assert shapely.hausdorff_distance(thin, shapely.remove_repeated_points(fine, 20)) < 100
        for waves, deep in ((350_000, 0.3), (700, 0.05)):
            with pytest.raises(ValueError, match="too many corners"):
                thin_outline(zigzag(1_000_000, waves, deep=deep))

    def test_dense_ones_are_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "county.geojson"
        gpd.GeoDataFrame(geometry=[zigzag(15_000, 7000, deep=0.3)], crs=27700).to_file(path)
        with pytest.raises(InputError, match="too many corners"):
            read_outline(path)

    def test_small_parts_stay(self) -> None:
        county, islet = zigzag(30_000, 7, deep=0.05), shapely.box(500_000, 340_000, 500_020, 340_020)
        thin = thin_outline(shapely.MultiPolygon([islet, county]))
        assert thin.contains(islet.centroid)
        assert shapely.get_num_coordinates(thin) < 3000
        for other in (None, shapely.Point(1, 1), shapely.Polygon()):
            assert thin_outline(other) is other

    def test_an_ordinary_one_is_not_touched(self, tmp_path: Path) -> None:
        county = zigzag(5_000, 7, deep=0.05)
        path = tmp_path / "county.gpkg"
        gpd.GeoDataFrame(geometry=[county], crs=27700).to_file(path)
        assert read_outline(path).equals(county)


class TestWhatIsReplaced:
    def check(self, out: Path, match: str) -> None:
        with pytest.raises(OutputError, match=match):
            check_target(out)

    def test_pipes_links_and_missing_folders(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.graphml")
        self.check(tmp_path / "pipe.graphml", "pipe")
        (tmp_path / "link.graphml").symlink_to(tmp_path / "nothing")
        self.check(tmp_path / "link.graphml", "link")
        self.check(tmp_path / "a" / "b.graphml", "does not exist")
        self.check(Path("a\0.graphml"), "characters")
        assert sorted(file.name for file in tmp_path.iterdir()) == ["link.graphml", "pipe.graphml"]

    @pytest.mark.parametrize(
        "text",
        [
            'my notes mention "marketmap_version" here',
            '<notes><key for="graph" attr.name="marketmap_version"/></notes>',
            '<graphml><!-- for="graph" attr.name="marketmap_version" --><key for="node" attr.name="x"/></graphml>',
            '<graphml><key for="node" attr.name="marketmap_version"/></graphml>',
            "",
        ],
    )
    def test_files_of_others(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "mine.graphml").write_text(text)
        self.check(tmp_path / "mine.graphml", "not a file that fetch roads wrote")
        assert (tmp_path / "mine.graphml").read_text() == text

    def test_our_own(self, fetch: Callable[..., RoadNetwork], tmp_path: Path) -> None:
        fetch()
        check_target(tmp_path / "roads.graphml")
