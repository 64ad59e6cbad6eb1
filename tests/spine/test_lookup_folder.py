"""A look-up in the folder of another verb says what the folder is, and what to name in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketmap.errors import OutputError
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.plans.lookup import look_up
from tests.outputs.factory import make_record


def test_a_folder_without_a_plan_is_named_for_what_it_is(tmp_path: Path) -> None:
    with OutputFolder(tmp_path / "out") as folder:
        folder.write_bytes("internal/waiting_matches.csv", b"package_id")
        folder.finish(make_record(command=["waiting", "--county", "county"]))
    with pytest.raises(OutputError, match=r"out holds no plan \(it was written by: waiting .*folder of a blocks run"):
        look_up(tmp_path / "out", ["LE15 6HP"])
