"""Counties of the app: who may open which, and that nothing leads out of where it should be."""

import json
import os
import stat
from pathlib import Path

import pytest

from marketmap.errors import InputError, OutputError
from marketmap.outputs.drafts.store import PlanStore
from marketmap.outputs.workspace import uploads
from marketmap.outputs.workspace.places import FIT, KINDS, ON_REQUEST, Workspace, read_workspace
from marketmap.outputs.workspace.uploads import MOST_BYTES, check_upload

TABLES = {"packages.csv": b"package_id\nP1\n", "providers.csv": b"provider_id\nV1\n"}


@pytest.fixture
def work(tmp_path: Path) -> Workspace:
    first = tmp_path / "data" / "sample"
    write(first)
    return read_workspace({"MARKETMAP_COUNTY": str(first), "MARKETMAP_WORK": str(tmp_path / "work")})


def write(folder: Path, settings: str = '[county]\nname = "Rutland"\n') -> Path:
    folder.mkdir(parents=True)
    for name, content in TABLES.items():
        (folder / name).write_bytes(content)
    (folder / "marketmap.toml").write_text(settings)
    return folder


def everything(work: Workspace) -> list[Path]:
    return sorted(work.root.rglob("*"))


class TestReading:
    def test_the_environment_names_every_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        usual = read_workspace({})
        assert usual.first.folder == Path("data/sample")
        assert {kind: path.name for kind, path in usual.first.results.items()} == {
            "blocks": "out",
            "report": "out-report",
            "rural": "out-rural",
            "monitor": "out-monitor",
            "clusters": "out-clusters",
            "swaps": "out-swaps",
            "waiting": "out-waiting",
            "rounds": "out-rounds",
            "fit": "out-fit",
        }
        assert (usual.root, usual.roots) == (tmp_path / "out-app", (tmp_path / "data",))
        named = read_workspace(
            {
                "MARKETMAP_COUNTY": "a",
                "MARKETMAP_OUT": "b",
                "MARKETMAP_RURAL": "c",
                "MARKETMAP_WORK": "d",
                "MARKETMAP_ROOTS": f"e{os.pathsep}f",
            }
        )
        assert (named.first.results["blocks"], named.first.results["rural"]) == (tmp_path / "b", tmp_path / "c")
        assert (named.root, named.roots) == (tmp_path / "d", (Path("e"), Path("f")))
        assert not list(tmp_path.iterdir())  # reading makes nothing

    def test_the_first_county_is_everybodys(self, work: Workspace) -> None:
        assert [(place.county_id, place.label, place.owner) for place in work.places("ann")] == [
            ("first", "Rutland", "")
        ]
        assert work.place("first", user="bob") == work.first
        with pytest.raises(OutputError, match="cannot be removed"):
            work.remove("first", user="ann")


class TestUploads:
    def test_an_upload_is_its_owners_alone(self, work: Workspace) -> None:
        place = work.add_upload(TABLES | {"marketmap.toml": b'[county]\nname = "Mine"\n'}, user="ann")
        assert (place.label, place.owner, work.is_upload(place)) == ("Mine", "ann", True)
        assert {path.name: path.read_bytes() for path in place.folder.iterdir()}["packages.csv"] == TABLES[
            "packages.csv"
        ]
        assert sorted(place.results) == sorted((*KINDS, *ON_REQUEST, FIT))
        assert work.places("ann") == [work.first, place]
        assert work.places("bob") == [work.first]
        for ask in (work.place, work.remove):
            with pytest.raises(OutputError, match="no such county"):
                ask(place.county_id, user="bob")
        assert read_workspace({"MARKETMAP_WORK": str(work.root)}).place(place.county_id, user="ann") == place

    def test_nobody_else_on_the_machine_may_read_it(self, work: Workspace) -> None:
        before = os.umask(0)
        try:
            work.add_upload(TABLES, user="ann")
        finally:
            os.umask(before)
        modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in [work.root, *everything(work)]}
        assert modes == {(True, 0o700), (False, 0o600)}

    def test_a_label_is_one_line_of_plain_text(self, work: Workspace) -> None:
        place = work.add_upload(TABLES, user="ann", label=" a\n\u202eb\0c ".ljust(300, "x"))
        assert place.label.isprintable()
        assert place.label.startswith("a b c")
        assert len(place.label) == 100
        assert work.add_upload(TABLES, user="ann").label.startswith("Uploaded ")

    @pytest.mark.parametrize(
        "name",
        ["../packages.csv", "/packages.csv", "a/packages.csv", "..", "", "C:packages.csv", "..\\packages.csv",
         "packages.csv\0", "passwords.csv", "packages.exe", ".packages.csv", "run.json", "place.json", "x" * 200],
    )  # fmt: skip
    def test_a_name_that_is_no_tables_is_refused_and_nothing_is_stored(self, work: Workspace, name: str) -> None:
        with pytest.raises(InputError, match=r"plain file name|no table goes by"):
            work.add_upload({**TABLES, name: b"x"}, user="ann")
        assert everything(work) == []

    def test_every_fault_is_told_at_once(self) -> None:
        settings = (
            b'[roads]\nfile = "../../etc/roads.pbf"\n[postcodes]\nfile = "onspd.csv"\n[areas]\nfile = "/a.gpkg"\n'
        )
        with pytest.raises(InputError) as refused:
            check_upload({"packages.csv": b"", "Packages.csv": b"", "secret.txt": b"", "marketmap.toml": settings})
        told = str(refused.value)
        for words in (
            "setting roads.file: names a file outside the upload (../../etc/roads.pbf)",
            "setting areas.file: names a file outside the upload (/a.gpkg)",
            "setting postcodes.file: names onspd.csv, which is not among the uploaded files",
            "Packages.csv: two files of this name",
            "secret.txt: no table goes by this name",
        ):
            assert words in told

    def test_files_that_the_settings_name_may_come_along(self, work: Workspace) -> None:
        extra = {"roads.osm.pbf": b"roads", "marketmap.toml": b'[roads]\nfile = "roads.osm.pbf"\n'}
        assert (work.add_upload(TABLES | extra, user="ann").folder / "roads.osm.pbf").read_bytes() == b"roads"

    def test_too_much_is_refused(self) -> None:
        class Large(bytes):
            def __len__(self) -> int:
                return MOST_BYTES + 1

        with pytest.raises(InputError, match="200 MB in all may be uploaded"):
            check_upload({"packages.csv": Large()})
        with pytest.raises(InputError, match="no file was given"):
            check_upload({})

    def test_what_the_check_refuses_leaves_nothing_behind(self, work: Workspace) -> None:
        seen = []

        def refuse(folder: Path) -> None:
            seen.append(sorted(path.name for path in folder.iterdir()))
            raise InputError([])

        with pytest.raises(InputError):
            work.add_upload(TABLES, user="ann", check=refuse)
        assert seen == [["packages.csv", "providers.csv"]]
        assert list(work.counties.iterdir()) == []
        assert work.places("ann") == [work.first]

    def test_what_a_killed_upload_left_is_no_county_and_goes(self, work: Workspace) -> None:
        work.add_upload(TABLES, user="ann")
        left = work.counties / ".c-0123456789ab.building"
        (left / "tables").mkdir(parents=True)
        assert len(work.places("ann")) == 2
        os.utime(left, (0, 0))
        work.add_upload(TABLES, user="ann")
        assert not left.exists()

    def test_removing_it_removes_its_results_jobs_and_plans(self, work: Workspace) -> None:
        place, kept = work.add_upload(TABLES, user="ann"), work.add_upload(TABLES, user="ann")
        store = PlanStore(work.store)
        plan = store.create("Plan", place.county_id, {}, by="ann", what="")
        for number, county in enumerate((place.county_id, kept.county_id)):
            job = work.jobs / f"j-{number}"
            job.mkdir(parents=True)
            (job / "job.json").write_text(json.dumps({"county_id": county}))
        written = work.plans / f"{plan.plan_id}-1"
        written.mkdir(parents=True)
        place.results["rural"].mkdir()
        work.remove(place.county_id, user="ann")
        assert work.places("ann") == [work.first, kept]
        assert [path.name for path in work.counties.iterdir()] == [kept.county_id]
        assert [path.name for path in work.jobs.iterdir()] == ["j-1"]
        assert store.history(plan.plan_id) == ()
        assert not written.exists()


class TestFolders:
    def test_a_folder_below_the_roots_is_added_once_and_left_alone_when_removed(self, work: Workspace) -> None:
        folder = write(work.roots[0] / "other", '[county]\nname = "Other"\n')
        place = work.add_folder(folder, user="ann")
        assert (place.folder, place.label, place.owner, work.is_upload(place)) == (folder, "Other", "ann", False)
        assert work.add_folder(f"{folder}/../other/.", user="ann") == place
        assert work.add_folder(work.first.folder, user="ann") == work.first
        assert work.places("bob") == [work.first]
        assert place.results["blocks"].is_relative_to(work.root)
        work.remove(place.county_id, user="ann")
        assert sorted(path.name for path in folder.iterdir()) == ["marketmap.toml", "packages.csv", "providers.csv"]

    def test_a_folder_outside_the_roots_is_refused_however_it_is_spelt(self, work: Workspace, tmp_path: Path) -> None:
        outside = write(tmp_path / "outside")
        write(tmp_path / "data-beside")
        (work.roots[0] / "link").symlink_to(outside, target_is_directory=True)
        for path in (
            outside,
            work.roots[0] / "link",
            work.roots[0] / ".." / "outside",
            tmp_path / "data-beside",
            "/",
            "~",
        ):
            with pytest.raises(OutputError, match="outside the folders that this app may read"):
                work.add_folder(path, user="ann")
        assert everything(work) == []

    @pytest.mark.parametrize("path", ["~nobody-of-that-name/county", "a\0b", "x" * 5000, "y/" * 3000])
    def test_what_no_folder_can_be_called_is_told_in_words(self, work: Workspace, path: str) -> None:
        with pytest.raises(InputError, match="no path that a folder can have"):
            work.add_folder(path, user="ann")
        assert work.places("ann") == [work.first]

    def test_a_pipe_or_device_under_a_files_name_is_never_opened(
        self, work: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = write(work.first.folder.parent / "other")
        (folder / "marketmap.toml").unlink()
        os.mkfifo(folder / "marketmap.toml")
        monkeypatch.setattr(uploads, "read_settings", lambda _: pytest.fail("it was opened, and would wait for ever"))
        with pytest.raises(OutputError, match=r"marketmap\.toml in it .* is no plain file"):
            work.add_folder(folder, user="ann")
        (folder / "marketmap.toml").unlink()
        (folder / "marketmap.toml").symlink_to("/dev/zero")
        with pytest.raises(OutputError, match=r"marketmap\.toml in it .* leads out"):
            work.add_folder(folder, user="ann")

    def test_other_peoples_uploads_cannot_be_pointed_to(self, tmp_path: Path) -> None:
        first = write(tmp_path / "sample")
        work = read_workspace({"MARKETMAP_COUNTY": str(first), "MARKETMAP_WORK": str(tmp_path / "out-app")})
        place = work.add_upload(TABLES, user="bob")
        with pytest.raises(OutputError, match="outside the folders"):
            work.add_folder(place.folder, user="ann")

    def test_a_file_that_leads_out_is_refused_also_when_it_comes_later(self, work: Workspace, tmp_path: Path) -> None:
        secret = tmp_path / "secret.csv"
        secret.write_text("secret")
        folder = write(work.roots[0] / "linked")
        (folder / "visits.csv").symlink_to(secret)
        with pytest.raises(OutputError, match=r"visits\.csv .*leads out") as refused:
            work.add_folder(folder, user="ann")
        assert str(secret) not in str(refused.value)
        for key in ("roads", "postcodes", "areas"):
            named = write(work.roots[0] / key, f'[{key}]\nfile = "../../secret.csv"\n')
            with pytest.raises(OutputError, match="leads out"):
                work.add_folder(named, user="ann")
        (folder / "visits.csv").unlink()
        place = work.add_folder(folder, user="ann")
        assert work.place(place.county_id, user="ann") == place
        (folder / "visits.csv").symlink_to(secret)
        with pytest.raises(OutputError, match="leads out"):
            work.place(place.county_id, user="ann")

    def test_roads_elsewhere_below_the_roots_are_fine(self, work: Workspace) -> None:
        (work.roots[0] / "roads.osm.pbf").write_bytes(b"")
        folder = write(work.roots[0] / "county", '[roads]\nfile = "../roads.osm.pbf"\n')
        assert work.add_folder(folder, user="ann").folder == folder

    def test_no_folder_at_all_is_told(self, work: Workspace) -> None:
        with pytest.raises(InputError, match=r"  1\. nowhere: the county folder does not exist"):
            work.add_folder(work.roots[0] / "nowhere", user="ann")
        with pytest.raises(InputError, match="a file, not a county folder"):
            work.add_folder(work.first.folder / "packages.csv", user="ann")


@pytest.mark.parametrize("county_id", ["", "..", "c-1", "../first", "c-0123456789ab/../..", "C-0123456789AB", "a\0b"])
def test_a_county_id_from_an_address_opens_nothing_odd(work: Workspace, county_id: str) -> None:
    for ask in (work.place, work.remove):
        with pytest.raises(OutputError, match="no such county"):
            ask(county_id, user="ann")
