"""What is heard: the count, and at most one cue a rep."""

import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from athena_sense.datatypes import Event, Progress, Rep, Update
from athena_sense.living import Moment, SensorHealth, aims_of
from athena_sense.targets import get_program
from athena_sense.views.sound import LOUDNESS, RATE_HZ, Bell, Cue, Cues, Tones, open_speaker, tone

HEALTH = (SensorHealth("x", 100.0, link="connected"),)
PROGRAM = get_program("athena-distance")
QUIET = Moment(0.0, Update(), None, HEALTH)


def calf() -> Cues:
    return Cues(aims_of(PROGRAM.prescription("eccentric-calf"), "foot"))


def jumps() -> Cues:
    return Cues(aims_of(PROGRAM.prescription("box-jump"), "waist"))


def lowering(now_s: float, *events: Event) -> Moment:
    return Moment(now_s, Update(events=events), Progress("eccentric", 0.0, 0.5), HEALTH)


def rep(valid: bool | None) -> Moment:
    return replace(QUIET, update=Update(reps=(Rep(1, 0, 1, valid=valid),)))


def test_a_lowering_is_counted_to_ten_once_each() -> None:
    cues = calf()
    heard = [cues.heard(lowering(t)) for t in np.arange(0.0, 12.0, 0.03)]
    counts = [cue for cue in heard if cue is not None]
    assert [cue.kind for cue in counts] == ["count"] * 10
    assert [cue.value for cue in counts] == pytest.approx(np.arange(1, 11) / 10)


def test_the_next_lowering_is_counted_anew() -> None:
    cues = calf()
    assert cues.heard(lowering(5.0)) == Cue("count", 0.5)
    assert cues.heard(QUIET) is None
    assert cues.heard(lowering(1.0)) == Cue("count", 0.1)


def test_nothing_is_counted_while_the_link_is_lost() -> None:
    lost = replace(lowering(3.0), health=(SensorHealth("x", 100.0, link="lost"),))
    assert calf().heard(lost) is None


def test_a_too_fast_rep_has_the_alarm_and_no_tick() -> None:
    cues = calf()
    assert cues.heard(lowering(2.0, Event("too_fast", 2.0))) == Cue("alarm")
    assert cues.heard(rep(True)) is None
    assert cues.heard(rep(True)) == Cue("good")


def test_one_alarm_a_rep() -> None:
    cues = calf()
    assert cues.heard(lowering(0.5, Event("too_fast", 0.5))) == Cue("alarm")
    assert cues.heard(lowering(0.7, Event("too_fast", 0.7))) is None


def test_who_has_stood_still_hears_once_that_the_set_may_begin() -> None:
    cues, waiting = calf(), Moment(0.5, Update(), None, HEALTH, ready=False)
    heard = [cues.heard(moment) for moment in (waiting, waiting, replace(waiting, ready=True), rep(None))]
    assert heard == [None, None, Cue("ready"), None]


@pytest.mark.parametrize("valid", [False, None])
def test_a_rep_that_is_not_known_to_be_good_is_silent(valid: bool | None) -> None:
    assert calf().heard(rep(valid)) is None


def test_the_louder_a_landing_the_higher_its_tone() -> None:
    cues = jumps()
    loud = [cues.heard(replace(QUIET, impacts_g=(peak_g,))) for peak_g in (4.4, 6.0, 9.0)]
    pitches = []
    for cue in loud:
        assert cue is not None
        assert cue.kind == "loud"
        spectrum = np.abs(np.fft.rfft(tone(cue)))
        pitches.append(np.argmax(spectrum) * RATE_HZ / len(tone(cue)))
    assert pitches == sorted(pitches)
    assert pitches[-1] > 2 * pitches[0]
    assert cues.heard(replace(QUIET, impacts_g=(3.0,))) == Cue("good")


@pytest.mark.parametrize("cue", [Cue("count", 0.1), Cue("count", 1.0), Cue("good"), Cue("alarm"), Cue("loud", 9.0)])
def test_tones_are_short_and_startle_nobody(cue: Cue) -> None:
    samples = tone(cue)
    assert samples.dtype == np.float32
    assert 0.03 < len(samples) / RATE_HZ < 0.5
    assert np.abs(samples).max() <= LOUDNESS
    assert abs(samples[0]) < 0.01
    assert abs(samples[-1]) < 0.05


class FakeStream:
    def __init__(self, callback: Any, **settings: Any) -> None:
        self.callback, self.settings, self.running = callback, settings, False

    def start(self) -> None:
        self.running = True

    def stop(self) -> None:
        self.running = False

    def close(self) -> None:
        assert not self.running


def test_tones_go_through_one_open_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    streams: list[FakeStream] = []

    def output(**settings: Any) -> FakeStream:
        streams.append(FakeStream(**settings))
        return streams[-1]

    monkeypatch.setitem(sys.modules, "sounddevice", SimpleNamespace(OutputStream=output))
    speaker = open_speaker(lambda: None)
    assert isinstance(speaker, Tones)
    speaker.play(Cue("good"))
    played = []
    for _ in range(40):
        out = np.full((128, 1), 7.0, np.float32)
        streams[0].callback(out, 128, None, None)
        played.append(out[:, 0].copy())
    heard = np.concatenate(played)
    np.testing.assert_array_equal(heard[: len(tone(Cue("good")))], tone(Cue("good")))
    assert not heard[len(tone(Cue("good"))) :].any()
    speaker.close()
    assert not streams[0].running
    assert len(streams) == 1


@pytest.mark.parametrize("trouble", [ImportError, OSError("PortAudio library not found"), RuntimeError("no device")])
def test_the_bell_rings_where_there_is_no_audio(trouble: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**settings: Any) -> None:
        raise trouble

    module = None if trouble is ImportError else SimpleNamespace(OutputStream=fails)
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    rung: list[int] = []
    speaker = open_speaker(lambda: rung.append(1))
    assert isinstance(speaker, Bell)
    for kind, times in (("count", 1), ("good", 1), ("loud", 2), ("alarm", 3)):
        rung.clear()
        speaker.play(Cue(kind))  # type: ignore[arg-type]
        assert len(rung) == times
    speaker.close()
