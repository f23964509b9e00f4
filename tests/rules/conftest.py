import pytest

from bloc.language import use


@pytest.fixture(autouse=True)
def english() -> None:
    use("en")
