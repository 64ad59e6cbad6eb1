"""An areas file is never a door to another file or a server."""

import http.server
import json
import threading
from pathlib import Path

import pyogrio
import pytest

from marketmap.errors import InputError
from marketmap.inputs.boundaries import read_areas

SQUARE = [[[-0.7, 52.6], [-0.6, 52.6], [-0.6, 52.7], [-0.7, 52.7], [-0.7, 52.6]]]
FEATURE = {
    "type": "Feature",
    "properties": {"area_code": "A", "area_name": "A", "area_type": "other"},
    "geometry": {"type": "Polygon", "coordinates": SQUARE},
}


@pytest.fixture
def listener():
    asked = []

    class Ear(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def do_HEAD(self):
            self.do_GET()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()


@pytest.mark.parametrize("kind", ["linked crs", "vrt", "wfs"])
def test_a_file_that_points_elsewhere_is_refused_and_asks_nobody(tmp_path, listener, kind):
    url, asked = listener
    link = {"type": "link", "properties": {"href": f"{url}/crs", "type": "proj4"}}
    content = {
        "linked crs": json.dumps({"type": "FeatureCollection", "crs": link, "features": [FEATURE]}),
        "vrt": "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>/vsicurl/"
        f"{url}/a.geojson</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
        "wfs": f"<OGRWFSDataSource><URL>{url}</URL></OGRWFSDataSource>",
    }[kind]
    path = tmp_path / ("areas.geojson" if kind == "linked crs" else "areas.gml")
    path.write_text(content)
    with pytest.raises(InputError, match="points to another place"):
        read_areas(path)
    assert asked == []


def test_json_that_names_a_command_is_refused_and_its_driver_is_not_there(tmp_path: Path) -> None:
    secret = tmp_path / "secret.geojson"
    secret.write_text(json.dumps({"type": "FeatureCollection", "features": [FEATURE]}), encoding="utf-8")
    path = tmp_path / "areas.geojson"
    command = f"gdal vector pipeline ! read {secret}"
    path.write_text(json.dumps({"command_line": command, "type": "gdal_streamed_alg"}), encoding="utf-8")
    with pytest.raises(InputError, match="points to another place"):
        read_areas(path)
    with pytest.raises(pyogrio.errors.DataSourceError):
        pyogrio.read_info(path)
    assert not {"GDALG", "OGR_VRT", "WFS"} & set(pyogrio.list_drivers())
