"""Gait: whether a stretch of motion is walking, wherever on the body the sensor sits.

Strides jolt and go round: seen backwards they look different, while a rep goes back the way it came. Where the jolts
are lost on the way to the sensor, the step itself is left, which shakes the whole body at one known pace. Neither is
walking's alone. But an exercise has a fixed way, a line or an arc about a joint, and a walker has none: he moves in all
directions at once, and all his joints bob up and down.
"""

from collections import deque
from functools import lru_cache

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.reps.arc import length
from athena_sense.reps.position import PositionRows
from athena_sense.units import STANDARD_GRAVITY_M_S2

WINDOW_S, LEAST_S = 4.0, 3.0
"""What is looked at: three strides; two at the start of a stream."""
MOVEMENT_HZ = 6.0
"""What is quicker is shaking, and as much like itself backwards as forwards."""
JOLT_HZ = 3.0, 8.0
"""Feet on the floor; deliberate movement lies below (Winter 2009, Biomechanics and Motor Control)."""
ROUND = (0.7, 1.2), (0.6, 0.35)
"""Likeness backwards at most, and RMS of the jolts of |a| (m/s²) at least: of strides beyond doubt, and of what may be
strides where the rhythm is a stride's. Walking in pockets, backpack and on the legs: 0.2–0.6, and 0.7–3 m/s². The
motions of quick exercises that jolt as much are 0.85–0.97 like themselves backwards."""
STEP_HZ = 1.4, 2.5
"""Steps of walking (Straczkiewicz et al. 2023, doi 10.1038/s41746-022-00745-z: 1.4–2.3 Hz), and those of a hurry."""
STEP_M_S2 = 0.5
"""Amplitude of the step in |a|: a bob of 6 mm at 1.5 Hz. A walker's hand shows 0.7–2 m/s², all else more than 1."""
SWING_HZ, STEP_SHARE = 0.4, 0.55
"""The step against the greatest slower part of |a|: 0.6–1.6 in a hand that swings, 1.1 and more elsewhere."""
PULL_SHARE = 1.5
"""How far |a| lies above gravity on the whole, in steps, at most: an arm that whirls pulls outward all the time
(jumping jacks: 2–4), a body that bobs does not (0–1)."""
FALL_M_S2, FALL_SHARE = 0.3 * STANDARD_GRAVITY_M_S2, 0.1
"""Whoever jumps feels next to nothing for a good part of the time; a walker always has a foot on the ground."""
LINE_SHARE = 0.92
"""Part of the acceleration along one line: 0.98 and more of a press, 0.4–0.8 of walking at any site."""
TURNING_RAD_S = 0.6
"""A swing of 25° out and back within 1.5 s turns faster than this (RMS); a walker's trunk does not."""
ARC_SHARE, ARC_BACK = 0.65, 0.9
"""Part of the acceleration that a turn about one fixed point accounts for: 0.75–0.95 of a limb's exercise, and half of
what a walker's legs feel. Of his swinging arm it may be as much: then what goes back so well is an exercise, and else
the bob decides."""
BOB_M = 0.008
"""Of the point turned about, once a step: 1 cm and more of a walker's shoulder (the body's: 2 cm; Tesio &
Rota 2019, doi 10.3389/fneur.2019.00999), 2–6 mm of what is left of an exercise."""
SPECTRUM_ROWS = 512
"""Lines 0.05 Hz apart at 25 Hz."""
LOOK_S = 0.5
"""Before anything is told of a set, each half second of it is looked at: walking shows in nine looks of ten."""
CLEAR_S, CERTAIN_S = 3.0, 8.0
"""After so long without a look that shows walking there is none; walking that goes on for so long is certain."""


class GaitWatch:
    """When walking was seen of late, by row numbers of `PositionRows`; there is a look every `LOOK_S` at most."""

    def __init__(self, rows: PositionRows) -> None:
        self._rows = rows
        self._step = round(LOOK_S * rows.rate_hz)
        self._looks: deque[tuple[int, bool]] = deque()

    def look(self, first: int, row: int, quick: bool) -> None:
        """Look at what ends between two rows, where there is enough of it, but for what has been looked at."""
        least = self._rows.stretch_start + round(LEAST_S * self._rows.rate_hz)
        seen = self._looks[-1][0] + 1 if self._looks else 0
        for at in range(-(-max(first, least, seen) // self._step) * self._step, row + 1, self._step):
            felt = self._rows.felt(at - round(WINDOW_S * self._rows.rate_hz), at)
            self._looks.append((at, is_gait(*felt, self._rows.rate_hz, quick)))
        while self._looks and row - self._looks[0][0] > CERTAIN_S * self._rows.rate_hz:
            self._looks.popleft()

    def suspects(self, row: int) -> bool:
        """Whether walking was seen lately."""
        return any(walks for at, walks in self._looks if row - at < CLEAR_S * self._rows.rate_hz)

    def prevails(self) -> bool:
        """Whether most of the looks show walking."""
        return 2 * sum(walks for _, walks in self._looks) > len(self._looks)

    def forget(self) -> None:
        """What follows is not connected to what was."""
        self._looks.clear()


def is_gait(acc: FloatArray, gyr: FloatArray | None, up: FloatArray, rate_hz: float, quick: bool) -> bool:
    """Whether acceleration (n, 3) m/s², rate of turn (n, 3) rad/s and `up` (n, 3) of some seconds are a walker's.

    `quick`: their rhythm may be a stride's.
    """
    size = length(acc)
    spectrum = _spectrum(acc.shape[0], rate_hz)
    shaken = spectrum.amplitudes(size)
    if not ((quick and _steps(size, shaken, spectrum)) or _goes_round(acc, shaken, spectrum, quick)):
        return False
    if gyr is None or gyr.var(axis=0).sum() < TURNING_RAD_S**2:
        return _share_along_line(acc) <= LINE_SHARE
    rest, share = _off_the_arc(acc, gyr, up, rate_hz)
    if share < ARC_SHARE:
        return True
    bob = spectrum.amplitudes((rest * up).sum(axis=1))
    line = spectrum.highest(bob, STEP_HZ)
    bobs = bob[line] >= BOB_M * (2.0 * np.pi * line * spectrum.line_hz) ** 2
    return bool(bobs and _likeness_backwards(acc, rate_hz) <= ARC_BACK)


class _Spectrum:
    """Amplitudes of n rows, at lines that are `line_hz` apart."""

    def __init__(self, n: int, rate_hz: float) -> None:
        self.rate_hz, self.line_hz = rate_hz, rate_hz / SPECTRUM_ROWS
        self._window = np.hanning(n + 2)[1:-1]

    def amplitudes(self, signal: FloatArray) -> FloatArray:
        """Amplitude at each line, that of a sine where there is one."""
        spectrum = np.fft.rfft((signal - signal.mean()) * self._window, SPECTRUM_ROWS)
        return np.asarray(np.abs(spectrum) * (2.0 / self._window.sum()))

    def lines(self, low_hz: float, high_hz: float) -> slice:
        """The lines from one frequency to another."""
        return slice(int(np.ceil(low_hz / self.line_hz)), int(high_hz / self.line_hz) + 1)

    def rms(self, amplitudes: FloatArray, band_hz: tuple[float, float]) -> float:
        """RMS of what lies in a band."""
        part = amplitudes[self.lines(*band_hz)]
        lines_each = SPECTRUM_ROWS * float((self._window * self._window).sum()) / float(self._window.sum()) ** 2
        return float(np.sqrt((part * part).sum() / (2.0 * lines_each)))

    def highest(self, amplitudes: FloatArray, band_hz: tuple[float, float]) -> int:
        """The highest line of a band."""
        band = self.lines(*band_hz)
        return int(band.start + amplitudes[band].argmax())


_spectrum = lru_cache(maxsize=8)(_Spectrum)


def _goes_round(acc: FloatArray, shaken: FloatArray, spectrum: _Spectrum, quick: bool) -> bool:
    """Whether a motion jolts and is unlike itself backwards."""
    jolts = spectrum.rms(shaken, JOLT_HZ)
    most = max((most for most, least in ROUND[: 1 + quick] if jolts >= least), default=0.0)
    return most > 0.0 and _likeness_backwards(acc, spectrum.rate_hz) <= most


def _steps(size: FloatArray, shaken: FloatArray, spectrum: _Spectrum) -> bool:
    """Whether |a| (n,), of this spectrum, shows steps."""
    line = spectrum.highest(shaken, STEP_HZ)
    step = shaken[line]
    if step < max(STEP_M_S2, shaken[line - 1], shaken[line + 1]):
        return False
    swing = shaken[spectrum.lines(SWING_HZ, 0.75 * line * spectrum.line_hz)].max()
    pull = size.mean() - STANDARD_GRAVITY_M_S2
    falls = (size < FALL_M_S2).mean() >= FALL_SHARE
    return bool(step >= STEP_SHARE * swing and pull <= PULL_SHARE * step and not falls)


def _likeness_backwards(acc: FloatArray, rate_hz: float) -> float:
    """Correlation of a motion (n, 3) with itself backwards in time, about the best instant near its middle."""
    n = acc.shape[0]
    spectrum = np.fft.rfft(acc - acc.mean(axis=0), 2 * n, axis=0)
    spectrum[int(MOVEMENT_HZ / rate_hz * 2 * n) + 1 :] = 0.0
    smooth = np.fft.irfft(spectrum, 2 * n, axis=0)[:n]
    spectrum = np.fft.rfft(smooth, 2 * n, axis=0)
    folded = np.fft.irfft((spectrum * spectrum).sum(axis=1), 2 * n)
    energy = np.concatenate(([0.0], np.cumsum((smooth * smooth).sum(axis=1))))
    # Row k of `folded` lays what is before row k/2 on what is behind it; three fifths of the rows must have a partner.
    k = np.arange(round(0.6 * n), round(1.4 * n))
    first, end = np.maximum(0, k - n + 1), np.minimum(n, k + 1)
    return float((folded[k] / (energy[end] - energy[first] + 1e-9)).max())


def _share_along_line(acc: FloatArray) -> float:
    """Share of the changes of acceleration (n, 3) that lies along one line."""
    change = acc - acc.mean(axis=0)
    shares = np.linalg.eigvalsh(change.T @ change)
    return float(shares[-1] / max(float(shares.sum()), 1e-9))


def _off_the_arc(acc: FloatArray, gyr: FloatArray, up: FloatArray, rate_hz: float) -> tuple[FloatArray, float]:
    """What of the acceleration (n, 3) no turn about one fixed point accounts for, and the share (0–1) that one does.

    A point r from the fixed one feels α × r + ω × (ω × r): three unknowns, that fit best. A metre counts as much as
    1 m/s² that is not accounted for, so that r is also known along an axis about which everything turns.
    """
    alpha = np.gradient(gyr, 1.0 / rate_hz, axis=0)
    arc = gyr[:, :, None] * gyr[:, None, :] - (gyr * gyr).sum(axis=1)[:, None, None] * np.eye(3)
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        arc[:, j, i] += alpha[:, k]
        arc[:, i, j] -= alpha[:, k]
    arc -= arc.mean(axis=0)
    felt = acc - STANDARD_GRAVITY_M_S2 * up
    felt = felt - felt.mean(axis=0)
    model = arc.reshape(-1, 3)
    rest = felt - arc @ np.linalg.solve(model.T @ model + np.eye(3), model.T @ felt.ravel())
    return rest, 1.0 - float((rest * rest).sum() / (felt * felt).sum())
