"""Pictures: they are written, whatever the result, and the extra they need is named."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from example_results import PROGRAM, calf_set, jump_set, waist_set

from athena_sense.datatypes import Hold, Measurement, Verdict
from athena_sense.errors import AthenaError
from athena_sense.result import Result, SourceInfo, Trace
from athena_sense.targets import judge_set
from athena_sense.views.plots import save_plot

GENERIC = replace(
    calf_set(),
    exercise="generic",
    verdicts=judge_set(PROGRAM.prescription("generic"), "foot", calf_set().reps),
)
HOLDS = replace(
    GENERIC,
    exercise="single-leg-balance",
    placement="waist",
    reps=(),
    holds=(
        Hold(1, 2.0, 34.0, {"hold_duration_s": Measurement(32.0)}),
        Hold(2, 40.0, 52.0, {"hold_duration_s": Measurement(12.0)}, ("short_hold",)),
    ),
    verdicts=(Verdict("time in balance", "hold_duration_s", 12.0, (30.0, None), "missed", "1 of 2 holds under 30 s"),),
)
EMPTY = Result("empty.csv", "generic", "wrist", "athena-distance", SourceInfo(None, 50.0, 0.0))


@pytest.mark.parametrize("result", [calf_set(), waist_set(), jump_set(), jump_set("at_least"), GENERIC, HOLDS, EMPTY])
def test_every_result_can_be_drawn(result: Result, tmp_path: Path) -> None:
    save_plot(result, tmp_path / "picture.svg")
    assert "<svg" in (tmp_path / "picture.svg").read_text(encoding="utf-8")


def test_the_picture_is_a_png_by_its_ending(tmp_path: Path) -> None:
    save_plot(calf_set(), tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_a_long_signal_keeps_its_peaks(tmp_path: Path) -> None:
    from athena_sense.views.plots import _thinned

    value = np.zeros(360_000)
    value[123_457] = 9.0
    t_s, drawn = _thinned(Trace(np.arange(value.size) / 100.0, value, "acceleration", "g"))
    assert drawn.max() == 9.0
    assert t_s.size == drawn.size < 40_000


def test_the_same_result_gives_the_same_picture(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        save_plot(jump_set(), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_without_matplotlib_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(AthenaError, match=r"athena-sense\[plot\]"):
        save_plot(calf_set(), tmp_path / "picture.png")


@pytest.mark.parametrize("name", ["picture.nonsense", "no/such/folder/picture.png"])
def test_a_picture_that_cannot_be_written_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(AthenaError, match="cannot be written"):
        save_plot(calf_set(), tmp_path / name)
