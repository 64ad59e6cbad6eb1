"""The app's workspace: which counties there are, for whom, and where their results, jobs and saved plans stand.

One folder (``out-app``, or what ``MARKETMAP_WORK`` names) holds all that the app writes::

    plans.sqlite                 saved plans and unsaved drafts (`marketmap.outputs.drafts.store`)
    jobs/<job>/                  heavy work, its state and what it wrote
    plans/<plan>/                saved plans written out as plan folders
    counties/<county>/           a county beside the first: place.json, its tables if they were uploaded, its results

Folders are made so that only the account of the server can open them. What one user uploaded, or pointed to, is
neither listed nor opened for another.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from marketmap.errors import Fault, InputError, OutputError
from marketmap.inputs.folder import folder_faults
from marketmap.outputs.drafts.store import PlanStore
from marketmap.outputs.files.private_files import make_private_folder, read_json, write_private
from marketmap.outputs.workspace.uploads import check_upload, refuse_ways_out
from marketmap.settings import SETTINGS_FILE, read_settings

KINDS = ("blocks", "report", "rural", "monitor", "clusters", "swaps", "waiting")
# These take long: only somebody who asks has them made.
ON_REQUEST = ("rounds",)
# The folder of a fit run, made outside the app: plans and swap lists made in it take its factors.
FIT = "fit"
FIRST = "first"
PLACE_FILE = "place.json"
PLACE_SCHEMA = "marketmap/place/1"
TABLES = "tables"
LONGEST_LABEL = 100
# A half-written upload of this age has lost its writer.
HALF_DONE_SECONDS = 3600.0
_COUNTY_ID = re.compile(r"first|c-[0-9a-f]{12}")
# Variable, and the folder where it is not set.
_RESULTS = {
    "blocks": ("MARKETMAP_OUT", "out"),
    "report": ("MARKETMAP_REPORT", "out-report"),
    "rural": ("MARKETMAP_RURAL", "out-rural"),
    "monitor": ("MARKETMAP_MONITOR", "out-monitor"),
    "clusters": ("MARKETMAP_CLUSTERS", "out-clusters"),
    "swaps": ("MARKETMAP_SWAPS", "out-swaps"),
    "waiting": ("MARKETMAP_WAITING", "out-waiting"),
    "rounds": ("MARKETMAP_ROUNDS", "out-rounds"),
    FIT: ("MARKETMAP_FIT", "out-fit"),
}


@dataclass(frozen=True)
class CountyPlace:
    """A county that the app can show.

    Attributes
    ----------
    county_id
        Safe in file names and addresses; ``"first"`` is the one that the app was started with.
    label
        What to call it: text from people.
    folder
        Its tables and settings.
    results
        Kind (`KINDS`, `ON_REQUEST` and `FIT`) → output folder, there or not.
    owner
        The user that it belongs to; blank: shared by all.
    """

    county_id: str
    label: str
    folder: Path
    results: Mapping[str, Path]
    owner: str = ""


@dataclass(frozen=True)
class Workspace:
    """Where the app keeps what it writes, and which counties it may open.

    Attributes
    ----------
    root
        The workspace's folder; made when something is first written.
    first
        The county that the app was started with.
    roots
        Folders below which users may point to a county.
    """

    root: Path
    first: CountyPlace
    roots: tuple[Path, ...]

    @property
    def store(self) -> Path:
        """The file of saved plans."""
        return self.root / "plans.sqlite"

    @property
    def jobs(self) -> Path:
        """The folder of jobs."""
        return self.root / "jobs"

    @property
    def plans(self) -> Path:
        """The folder of saved plans that were written out."""
        return self.root / "plans"

    @property
    def counties(self) -> Path:
        """The folder of the counties beside the first."""
        return self.root / "counties"

    def places(self, user: str) -> list[CountyPlace]:
        """List the counties that a user may open: the first, then the user's own by label."""
        folders = sorted(self.counties.iterdir()) if self.counties.is_dir() else []
        read = [self._read(folder) for folder in folders if _COUNTY_ID.fullmatch(folder.name)]
        own = [place for place in read if place is not None and place.owner == user]
        return [self.first, *sorted(own, key=lambda place: (place.label.casefold(), place.county_id))]

    def place(self, county_id: str, *, user: str) -> CountyPlace:
        """Find one county of a user's.

        Raises
        ------
        OutputError
            When there is none of that name for this user, or its folder now leads out of the allowed folders.
        """
        if county_id == FIRST:
            return self.first
        found = self._read(self.counties / county_id) if _COUNTY_ID.fullmatch(county_id) else None
        if found is None or found.owner != user:
            raise OutputError("There is no such county in your list: it was removed, or is another user's.")
        if not self.is_upload(found):
            self._check_pointed(found.folder)
        return found

    def is_upload(self, place: CountyPlace) -> bool:
        """Say whether a county's tables were uploaded, and so are the workspace's own."""
        return place.folder.is_relative_to(self.counties)

    def add_folder(self, path: Path | str, *, user: str) -> CountyPlace:
        """Add a county folder on the server's disk to a user's list; the same folder is added once.

        Raises
        ------
        OutputError
            When it lies outside the allowed folders, or a file of it leads out of them.
        InputError
            When it is no folder or cannot be opened.
        """
        folder = self._check_pointed(Path(path))
        for place in self.places(user):
            if place.folder.resolve() == folder:
                return place
        county_id = _new_id()
        building = self._begin(county_id)
        self._finish(building, county_id, label=_label_of(folder), owner=user, folder=str(folder))
        return self.place(county_id, user=user)

    def add_upload(
        self,
        files: Mapping[str, bytes],
        *,
        user: str,
        label: str = "",
        check: Callable[[Path], object] | None = None,
    ) -> CountyPlace:
        """Store uploaded tables as a county of a user's: all of them, or nothing.

        Parameters
        ----------
        files
            File name → content: tables by their names, perhaps ``marketmap.toml`` and the files that it names.
        label
            What to call the county; the settings' own name, else the day, where blank.
        check
            Called with the folder before it takes its place; what it raises leaves nothing behind.

        Raises
        ------
        InputError
            With every fault of the names, sizes and settings, and what ``check`` raises.
        """
        check_upload(files)
        county_id = _new_id()
        building = self._begin(county_id)
        try:
            tables = make_private_folder(building / TABLES)
            for name, content in files.items():
                write_private(tables / name, content)
            if check is not None:
                check(tables)
            today = dt.datetime.now(tz=dt.UTC).date()
            found = _tidy(label) or _label_of(tables, otherwise=f"Uploaded {today:%-d %B %Y}")
            self._finish(building, county_id, label=found, owner=user, folder="")
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        return self.place(county_id, user=user)

    def remove(self, county_id: str, *, user: str) -> None:
        """Take a county off a user's list, with its results, its jobs, its saved plans and its uploaded tables.

        A folder that was pointed to stays where it is, untouched.

        Raises
        ------
        OutputError
            When it is the county that the app was started with, or not this user's.
        """
        if county_id == FIRST:
            raise OutputError("The county that the app was started with cannot be removed from its list.")
        folder = self.counties / county_id
        found = self._read(folder) if _COUNTY_ID.fullmatch(county_id) else None
        if found is None or found.owner != user:
            raise OutputError("There is no such county in your list: it was removed, or is another user's.")
        gone = self.counties / f".{county_id}.gone"
        folder.rename(gone)  # off the list at once, however long the rest takes
        for job in self.jobs.glob("*/job.json"):
            if read_json(job).get("county_id") == county_id:
                shutil.rmtree(job.parent, ignore_errors=True)
        if self.store.exists():
            for plan_id in PlanStore(self.store).forget_county(county_id):
                for written in self.plans.glob(f"{plan_id}*"):
                    shutil.rmtree(written, ignore_errors=True)
        shutil.rmtree(gone)

    def sweep(self) -> None:
        """Remove what uploads and removals left behind that were broken off a while ago."""
        for left in self.counties.glob(".*") if self.counties.is_dir() else ():
            with contextlib.suppress(FileNotFoundError):  # it has just become a county
                if left.stat().st_mtime < time.time() - HALF_DONE_SECONDS:
                    shutil.rmtree(left, ignore_errors=True)

    def _check_pointed(self, path: Path) -> Path:
        """Resolve a folder that somebody points to, and refuse one that the app may not open."""
        try:
            folder = path.expanduser().resolve()
            folder.is_dir()
        except (OSError, RuntimeError, ValueError):  # no such user, too long, a null in it, links in a circle
            raise InputError(
                [Fault("folder", "this is no path that a folder can have", "Give the folder's full path")]
            ) from None
        roots = [root.resolve() for root in self.roots]
        # Other users' uploads lie in the workspace.
        if not any(folder.is_relative_to(root) for root in roots) or folder.is_relative_to(self.root.resolve()):
            allowed = ", ".join(str(root) for root in roots) or "none"
            raise OutputError(
                f"The folder may not be opened: it is outside the folders that this app may read ({allowed}). Give a "
                "folder in one of them, upload the tables, or have MARKETMAP_ROOTS changed by whoever runs the app."
            )
        faults = folder_faults(folder)
        if faults:
            raise InputError(Fault(folder.name, fault.what, fault.remedy) for fault in faults)
        refuse_ways_out(folder, roots)
        return folder

    def _read(self, folder: Path) -> CountyPlace | None:
        raw = read_json(folder / PLACE_FILE)
        if raw.get("schema") != PLACE_SCHEMA or raw.get("purged"):
            return None
        return CountyPlace(
            county_id=folder.name,
            label=_tidy(str(raw.get("label", ""))) or folder.name,
            folder=Path(str(raw["folder"])) if raw.get("folder") else folder / TABLES,
            results={kind: folder / kind for kind in (*KINDS, *ON_REQUEST, FIT)},
            owner=str(raw.get("owner", "")),
        )

    def _begin(self, county_id: str) -> Path:
        make_private_folder(self.root)
        make_private_folder(self.counties)
        self.sweep()
        return make_private_folder(self.counties / f".{county_id}.building")

    def _finish(self, building: Path, county_id: str, *, label: str, owner: str, folder: str) -> None:
        added = dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds")
        facts = {"schema": PLACE_SCHEMA, "label": label, "owner": owner, "folder": folder, "added": added}
        write_private(building / PLACE_FILE, json.dumps(facts, indent=2).encode())
        building.rename(self.counties / county_id)


def read_workspace(environ: Mapping[str, str]) -> Workspace:
    """Read from the environment where the app's county, its results and its workspace are.

    Parameters
    ----------
    environ
        ``MARKETMAP_COUNTY`` (``data/sample``), ``MARKETMAP_OUT`` (``out``), ``MARKETMAP_RURAL``,
        ``MARKETMAP_REPORT``, ``MARKETMAP_MONITOR``, ``MARKETMAP_CLUSTERS`` (``out-rural`` …), ``MARKETMAP_WORK``
        (``out-app``) and ``MARKETMAP_ROOTS``, joined as `os.pathsep` joins (the folder that the county lies in).
    """
    folder = Path(environ.get("MARKETMAP_COUNTY") or "data/sample")
    results = {kind: Path(environ.get(name) or usual).absolute() for kind, (name, usual) in _RESULTS.items()}
    named = [part for part in environ.get("MARKETMAP_ROOTS", "").split(os.pathsep) if part]
    roots: Sequence[Path] = [Path(part) for part in named] or [folder.absolute().parent]
    first = CountyPlace(county_id=FIRST, label=_label_of(folder), folder=folder, results=results)
    return Workspace(root=Path(environ.get("MARKETMAP_WORK") or "out-app").absolute(), first=first, roots=tuple(roots))


def _label_of(folder: Path, *, otherwise: str = "") -> str:
    settings, _ = read_settings(folder / SETTINGS_FILE)
    return _tidy(settings.county.name) or otherwise or _tidy(folder.resolve().name) or "County"


def _tidy(label: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in label).split())[:LONGEST_LABEL]


def _new_id() -> str:
    return f"c-{secrets.token_hex(6)}"
