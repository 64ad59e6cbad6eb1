import pytest

from tests.inputs.county_folder import small_directory


@pytest.fixture
def few_postcodes(monkeypatch):
    """Place from six postcodes instead of the whole country's."""
    monkeypatch.setattr("marketmap.inputs.ground.load_directory", lambda *_, **__: small_directory())
