import pytest

from tests.measured import Measured, make_measured


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """A small county and its results, made once a session; tests must not change them."""
    return make_measured(tmp_path_factory.mktemp("measured"))
