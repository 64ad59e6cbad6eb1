"""What a provider is given of a plan, looked at by one who wants to know where other providers' people live."""

import dataclasses
import io
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from marketmap.errors import OutputError
from marketmap.inputs.county import County
from marketmap.market.demand import describe_packages
from marketmap.outputs.drafts.provider_pack import provider_pack
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.reading import read_plan
from marketmap.outputs.files.record import read_record
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.gate.postcode_search import holds_postcode
from marketmap.outputs.maps.files import MAP_FILE
from marketmap.outputs.schema.block import BLOCK_POSTCODES
from tests.measured import Measured


@pytest.fixture(scope="module")
def county(measured: Measured) -> County:
    return measured.county


@pytest.fixture(scope="module")
def plan(measured: Measured) -> Path:
    return measured.plan


@pytest.fixture(scope="module")
def provider(plan: Path) -> str:
    """The provider with most blocks."""
    return str(read_plan(plan).proposals["suggested_provider_id"].mode()[0])


def make(plan: Path, provider: str, county: County, *, packages: pd.DataFrame | None = None) -> dict[str, bytes]:
    tables = county.tables if packages is None else dataclasses.replace(county.tables, packages=packages)
    content = provider_pack(plan, provider, tables=tables, settings=county.settings)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def table(files: dict[str, bytes], name: str) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(files[name]), dtype=str, keep_default_na=False)


def others(packages: pd.DataFrame, provider: str) -> pd.DataFrame:
    return packages[packages["provider_id"].fillna("") != provider]


class TestWhatIsIn:
    def test_it_holds_the_providers_blocks_and_all_their_postcodes(
        self, plan: Path, provider: str, county: County
    ) -> None:
        files = make(plan, provider, county)
        written = read_plan(plan)
        own = written.proposals[written.proposals["suggested_provider_id"] == provider]["block_id"]
        assert sorted(files) == ["README.txt", "blocks.csv", "map.html", "postcodes.csv", "your_packages.csv"]
        assert table(files, "blocks.csv")["block_id"].tolist() == sorted(own)
        listed = written.postcodes[written.postcodes["block_id"].isin(own)]
        given = table(files, "postcodes.csv")
        assert set(zip(given["postcode"], given["block_id"], strict=True)) == set(listed["block_id"].items())
        for block in own:
            assert block.encode() in files["map.html"]

    def test_its_own_packages_there_are_all_in_it(self, plan: Path, provider: str, county: County) -> None:
        files = make(plan, provider, county)
        packages, place = county.tables.packages, read_plan(plan).postcodes["block_id"]
        mine = packages[(packages["provider_id"] == provider) & (packages["status"] == "active")]
        blocks = table(files, "blocks.csv").set_index("block_id")
        there = mine[mine["postcode"].map(place).isin(blocks.index)]
        assert len(there) > 3
        assert sorted(table(files, "your_packages.csv")["package_id"]) == sorted(there["package_id"])
        # Extra care and the like are the provider's own too, and count in no block's hours.
        placeable = describe_packages(packages, settings=county.settings.blocks)["placeable"]
        counted = there[placeable.loc[there.index]]
        assert 3 < len(counted) < len(there)
        assert blocks["your_hours"].astype(float).sum() == pytest.approx(counted["hours_week"].sum())
        assert blocks["your_packages"].astype(int).sum() == len(counted)
        counts = table(files, "your_packages.csv").set_index("package_id")["counts"]
        assert set(counts.index[counts == "yes"]) == set(counted["package_id"])

    def test_the_same_plan_gives_the_same_bytes(self, plan: Path, provider: str, county: County) -> None:
        again = [provider_pack(plan, provider, tables=county.tables, settings=county.settings) for _ in range(2)]
        assert again[0] == again[1]

    @pytest.mark.parametrize(("asked", "words"), [("P99999", "not in the providers table"), (None, "has no block")])
    def test_a_provider_without_a_block_is_told_so(
        self, plan: Path, county: County, asked: str | None, words: str
    ) -> None:
        holders = set(read_plan(plan).proposals["suggested_provider_id"])
        idle = next(code for code in county.tables.providers["provider_id"] if code not in holders)
        with pytest.raises(OutputError, match=words):
            make(plan, asked or idle, county)


class TestAttack:
    def test_no_id_of_anybody_elses_package_or_person_is_anywhere_in_it(
        self, plan: Path, provider: str, county: County
    ) -> None:
        content = b"\n".join(make(plan, provider, county).values())
        foreign = others(county.tables.packages, provider)
        found = set(re.findall(rb"[A-Z][A-Z0-9]{2,}", content))
        own_people = set(county.tables.packages["person_id"].dropna()) - set(foreign["person_id"].dropna())
        assert len(foreign) > 100
        assert found & {code.encode() for code in foreign["package_id"]} == set()
        assert found & {code.encode() for code in {*foreign["person_id"].dropna(), *own_people}} == set()

    def test_the_only_figures_of_a_postcode_are_of_its_own_packages(
        self, plan: Path, provider: str, county: County
    ) -> None:
        files = make(plan, provider, county)
        assert list(table(files, "postcodes.csv").columns) == ["postcode", "block_id"]
        foreign = set(others(county.tables.packages, provider)["postcode"].dropna())
        foreign -= set(county.tables.packages.loc[county.tables.packages["provider_id"] == provider, "postcode"])
        assert foreign
        compact = {postcode.replace(" ", "").encode() for postcode in foreign}
        for name in set(files) - {"postcodes.csv"}:
            assert not holds_postcode(files[name], compact), name

    def test_it_is_the_same_wherever_and_however_many_other_peoples_packages_are(
        self, plan: Path, provider: str, county: County
    ) -> None:
        """Nothing can be had by subtraction from figures that do not change with what is to be found out."""
        packages = county.tables.packages
        other = (packages["provider_id"].fillna("") != provider) & (packages["status"] == "active")
        place = read_plan(plan).postcodes["block_id"]
        in_blocks = packages["postcode"].map(place).notna() & other
        swapped = packages.copy()
        swapped.loc[in_blocks, "postcode"] = packages.loc[in_blocks, "postcode"].to_numpy()[::-1]
        swapped.loc[other, "hours_week"] = packages.loc[other, "hours_week"] * 3 + 1
        assert not swapped.equals(packages)
        fewer = packages[~other | (packages.index % 2 == 0)].reset_index(drop=True)
        for changed in (swapped, fewer):
            assert make(plan, provider, county, packages=changed) == make(plan, provider, county)

    def test_no_figure_of_a_zone_is_finer_than_the_prospectus_or_rests_on_few_who_wait(
        self, plan: Path, provider: str, county: County
    ) -> None:
        blocks = table(make(plan, provider, county), "blocks.csv").set_index("block_id")
        public = pd.read_csv(plan / "public" / "prospectus.csv", dtype=str, keep_default_na=False).set_index("block_id")
        for block, row in blocks.to_dict("index").items():
            if block in public.index:
                shown = public.to_dict("index")[block]
                assert (row["people_in_zone"], row["hours_in_zone"]) == (shown["people"], shown["hours_week"])
                assert row["hours_waiting"] == shown["hours_waiting"]
            else:
                assert (row["people_in_zone"], row["hours_in_zone"]) == ("", "")
                assert row["hours_waiting"] == "*" or int(row["hours_waiting"].replace(",", "")) % 5 == 0

    def test_one_person_who_waits_in_a_block_already_let_does_not_show(self, plan: Path, county: County) -> None:
        written = read_plan(plan)
        let = written.proposals[written.proposals["status"] == "existing"].iloc[0]
        block, holder = let["block_id"], let["suggested_provider_id"]
        packages = county.tables.packages
        spots = written.postcodes.index[written.postcodes["block_id"] == block]
        inside = packages["postcode"].isin(spots)
        calm = packages[~(inside & (packages["status"] == "waiting"))]
        one = packages[packages["status"] == "waiting"].head(1).assign(
            postcode=spots[0], service_type="home_care", funding="council", hours_week=21.0, placed=True
        )  # fmt: skip
        many = pd.concat([one.assign(package_id=f"Q{n}", person_id=f"Q{n}") for n in range(9)])
        given = {
            count: table(make(plan, holder, county, packages=pd.concat(frames, ignore_index=True)), "blocks.csv")
            for count, frames in {0: [calm], 1: [calm, one], 9: [calm, many]}.items()
        }
        told = {count: frame.set_index("block_id").loc[block, "hours_waiting"] for count, frame in given.items()}
        assert told == {0: "0", 1: "*", 9: "190"}

    def test_a_terminated_postcode_that_somebody_elses_person_still_has_is_not_listed(
        self, plan: Path, provider: str, county: County, tmp_path: Path
    ) -> None:
        written = read_plan(plan)
        own = written.proposals.loc[written.proposals["suggested_provider_id"] == provider, "block_id"]
        listed = written.postcodes[written.postcodes["block_id"].isin(own)]
        mine = pd.Index(county.tables.packages.loc[county.tables.packages["provider_id"] == provider, "postcode"])
        theirs, kept = listed.index.difference(mine)[0], listed.index.intersection(mine)[0]
        ended = written.postcodes.reset_index()
        ended.loc[ended["postcode"].isin([theirs, kept]), "live"] = "no"
        out = tmp_path / "plan"
        record = read_record(plan)
        with OutputFolder(out) as folder:
            for path in record.outputs:
                content = (plan / path).read_bytes()
                is_list = path == BLOCK_POSTCODES.path
                folder.write_bytes(path, encode_table(ended, BLOCK_POSTCODES) if is_list else content)
            folder.finish(record)
        given = set(table(make(out, provider, county), "postcodes.csv")["postcode"])
        assert theirs not in given
        assert kept in given


def test_the_map_is_its_own_and_not_the_plans(plan: Path, provider: str, county: County) -> None:
    own = make(plan, provider, county)["map.html"]
    whole = (plan / MAP_FILE).read_bytes()
    assert b"Hours in the zone" in whole
    assert b"Hours in the zone" not in own
    assert b"With other providers" not in own
