from pathlib import Path

import pandas as pd
import pytest

from marketmap.errors import OutputError
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.reading import read_plan
from marketmap.outputs.schema.block import CLUSTER_POSTCODES
from tests.outputs.factory import HOSTILE_NAMES, make_record, write_output


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return write_output(tmp_path / "out", names=HOSTILE_NAMES)


def test_a_plan_is_read_back_whole(out: Path) -> None:
    plan = read_plan(out)
    assert plan.changed == ()
    assert plan.proposals["block_id"].tolist() == ["B001", "B002", "B003"]
    assert plan.proposals["suggested_provider_name"].tolist() == list(HOSTILE_NAMES[:3])
    assert set(plan.eligible["provider_name"]) == set(HOSTILE_NAMES)
    assert plan.postcodes.index.is_unique
    assert plan.postcodes.index.is_monotonic_increasing
    assert set(plan.zones["block_id"]) == {"spot", "B001", "B002", "B003"}
    assert set(plan.areas["area_type"]) == {"sector", "district"}


def test_a_file_changed_since_the_run_is_named(out: Path) -> None:
    with (out / "internal" / "block_proposals.csv").open("ab") as file:
        file.write(b"\r\n")
    (out / "internal" / "map.html").unlink()
    assert read_plan(out).changed == ("internal/block_proposals.csv", "internal/map.html")


def test_a_folder_without_a_plan_says_why(tmp_path: Path, out: Path) -> None:
    with pytest.raises(OutputError, match="no output folder nowhere yet"):
        read_plan(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(OutputError, match=r"run\.json"):
        read_plan(tmp_path / "empty")
    with OutputFolder(tmp_path / "clusters") as folder:
        folder.write_table(pd.DataFrame({"postcode": ["LE15 6AA"], "cluster_id": ["C001"]}), CLUSTER_POSTCODES)
        folder.finish(make_record(command=["clusters"]))
    with pytest.raises(OutputError, match="holds the output of `clusters`"):
        read_plan(tmp_path / "clusters")
    (out / "internal" / "zones.geojson").unlink()
    with pytest.raises(OutputError, match=r"zones\.geojson"):
        read_plan(out)
