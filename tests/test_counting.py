"""Sets are made and counted alike by Python and by what is compiled of it."""

from __future__ import annotations

import importlib
from array import array
from types import FunctionType, ModuleType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store import counting, sets
from tests import pure

_COMPILED = not isinstance(counting.counts, FunctionType)
compiled = pytest.param("store._counting", marks=pytest.mark.skipif(not _COMPILED, reason="not compiled"))


@pytest.fixture(scope="module")
def in_python() -> ModuleType:
    """`store.counting` as it is without a compiler."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KETAMINE_WATCH_PURE", "1")
        module = importlib.util.module_from_spec(importlib.util.find_spec("store.counting"))  # type: ignore[arg-type]
        module.__spec__.loader.exec_module(module)  # type: ignore[union-attr]
    return module


@pytest.fixture(scope="module", params=[pytest.param("python"), compiled])
def engine(request: pytest.FixtureRequest, in_python: ModuleType) -> ModuleType:
    return in_python if request.param == "python" else importlib.import_module(request.param)


_sets = st.integers(0, 2**200 - 1)


@given(several=st.lists(_sets, max_size=5), chosen=_sets)
@example(several=[2**70 - 1, 0, 2**64], chosen=2**65 - 1)
def test_counts(engine: ModuleType, several: list[int], chosen: int) -> None:
    counted = engine.counts([engine.kept(one) for one in several], chosen)
    assert counted == [len(set(sets.places(one)) & set(sets.places(chosen))) for one in several]


@given(
    rowids=st.lists(st.integers(0, 2**62)) | st.lists(st.integers(0, 40)),
    places=st.lists(st.integers(-1, 19), max_size=30),
)
@example(rowids=[], places=[])
@example(rowids=[10, 3, 3], places=[-1, 0, 1, 19])
def test_of_listed(engine: ModuleType, rowids: list[int], places: list[int]) -> None:
    found = engine.of_listed(",".join(map(str, rowids)), array("l", places), 20)
    wanted = {places[rowid] for rowid in rowids if rowid < len(places)} - {-1}
    assert set(sets.places(found)) == wanted


def test_python_can_be_chosen() -> None:
    code = "from store import counting; print(type(counting.counts).__name__)"
    assert pure.said(code) == "function"
