import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from marketmap.errors import OutputError
from marketmap.outputs.files.reading import PlanFiles, read_plan
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.schema.broker import ANSWERS
from marketmap.outputs.views.postcode_lists import MOST_LINES, answer_list, describe_postcodes, read_list
from tests.measured import Measured
from tests.outputs.factory import HOSTILE_NAMES


@pytest.fixture(scope="module")
def plan(measured: Measured) -> PlanFiles:
    return read_plan(measured.plan)


def lines(content: str | bytes) -> list[tuple[int, str]]:
    return list(read_list(content).itertuples(index=False, name=None))


class TestReading:
    @pytest.mark.parametrize(
        ("content", "found"),
        [
            ("LE15 6HP\ngl11aa", [(1, "LE15 6HP"), (2, "gl11aa")]),
            ("\n  \nLE15 6HP\n\nx\n", [(3, "LE15 6HP"), (5, "x")]),
            ("name,Postcode\nAnn,LE15 6HP\nBob\n", [(2, "LE15 6HP"), (3, "")]),
            ("id;pcds\r\n1;LE15 6HP\r\n", [(2, "LE15 6HP")]),
            ("7,Ann,LE15 6HP\n8,LE15 6HR,Bob\n9,neither,", [(1, "LE15 6HP"), (2, "LE15 6HR"), (3, "9")]),
            ('"LE15 6HP"\n"a ""b"" c"', [(1, "LE15 6HP"), (2, 'a "b" c')]),
            ("\ufeffpostcode\nLE15 6HP".encode(), [(2, "LE15 6HP")]),
            ("caf\u00e9\nLE15 6HP".encode("cp1252"), [(1, "caf\u00e9"), (2, "LE15 6HP")]),
        ],
    )
    def test_a_list_is_read_with_the_numbers_of_its_lines(
        self, content: str | bytes, found: list[tuple[int, str]]
    ) -> None:
        assert lines(content) == found

    @pytest.mark.parametrize("content", ["", "\n \n,,\n", b""])
    def test_an_empty_list_says_what_to_do(self, content: str | bytes) -> None:
        with pytest.raises(OutputError, match="Put one postcode on each line"):
            read_list(content)

    @pytest.mark.parametrize("more", [1, MOST_LINES * 2])
    def test_a_list_that_is_too_long_is_refused(self, more: int) -> None:
        assert len(read_list("LE15 6HP\n" * MOST_LINES)) == MOST_LINES
        with pytest.raises(OutputError, match="Divide it"):
            read_list("LE15 6HP\n" * (MOST_LINES + more))

    @pytest.mark.parametrize("content", [b"\x00\x01\x02", b"PK\x03\x04\x00\x00"])
    def test_what_is_no_text_is_refused(self, content: bytes) -> None:
        with pytest.raises(OutputError, match="not text"):
            read_list(content)


class TestAnswers:
    def test_each_line_has_its_answer_in_order(self, plan: PlanFiles) -> None:
        blocks = plan.postcodes[plan.postcodes["block_id"] != "spot"]
        inside, spot = blocks.index[0], plan.postcodes.index[plan.postcodes["block_id"] == "spot"][0]
        asked = read_list(f"{inside.lower().replace(' ', '')}\nnonsense\n{spot}\nGL1 1AA\n")
        found = answer_list(plan, asked)
        assert list(found.columns) == list(ANSWERS.names)
        assert found["answer"].tolist() == ["block", "not a postcode", "spot", "not in this county"]
        assert found["line"].tolist() == [1, 2, 3, 4]
        assert found["postcode"].tolist() == [inside, "", spot, "GL1 1AA"]
        assert found["block_id"].tolist() == [blocks.iloc[0]["block_id"], "", "spot", ""]
        assert found["provider_id"].tolist() == [blocks.iloc[0]["suggested_provider_id"], "", "", ""]
        assert found.loc[[1, 3], "reason"].tolist() == ["", ""]

    def test_it_says_of_every_postcode_what_the_plan_says(self, plan: PlanFiles) -> None:
        found = answer_list(plan, read_list("\n".join(plan.postcodes.index[:MOST_LINES]))).set_index("postcode")
        own = plan.postcodes.loc[found.index]
        assert found["block_id"].tolist() == own["block_id"].tolist()
        assert found["provider_name"].tolist() == own["suggested_provider_name"].tolist()

    def test_the_backup_is_the_plans_and_has_its_name(self, plan: PlanFiles) -> None:
        name, first, second = plan.eligible.iloc[0]["provider_name"], *plan.proposals["block_id"].head(2)
        backed = plan.proposals.assign(backup_provider_id="").set_index("block_id", drop=False)
        backed.loc[first, "backup_provider_id"] = plan.eligible.iloc[0]["provider_id"]
        postcodes = [plan.postcodes.index[plan.postcodes["block_id"] == block][0] for block in (first, second)]
        found = describe_postcodes(dataclasses.replace(plan, proposals=backed), pd.Series(postcodes))
        assert found["backup_name"].tolist() == [name, ""]
        assert found["backup_id"].tolist() == [plan.eligible.iloc[0]["provider_id"], ""]

    def test_an_unknown_postcode_is_blank(self, plan: PlanFiles) -> None:
        assert set(describe_postcodes(plan, pd.Series(["GL1 1AA", None])).to_numpy().ravel()) == {""}

    def test_hostile_lines_come_back_as_text_that_cannot_run(self, plan: PlanFiles, tmp_path: Path) -> None:
        quoted = "\n".join('"' + name.replace('"', '""') + '"' for name in HOSTILE_NAMES)
        found = answer_list(plan, read_list(quoted))
        assert set(found["answer"]) == {"not a postcode"}
        path = tmp_path / "answers.csv"
        path.write_bytes(encode_table(found, ANSWERS))
        cells = pd.read_csv(path, dtype=str, keep_default_na=False)["asked"]
        assert not cells.str.startswith(("=", "+", "-", "@")).any()
