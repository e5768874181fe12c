"""Motion: what the detectors look at, on a uniform grid, with the inclination."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray, SampleBatch, StreamInfo
from athena_sense.dsp.grid import BRIDGED_S, UniformGrid
from athena_sense.dsp.inclination import InclinationFromAcceleration, InclinationFromGyroscope
from athena_sense.dsp.spikes import LoneSpikes


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """A stretch of motion signals at `rate_hz`, in the sensor's own axes.

    `first_index`: index of its first row since the stream began. Rows are 1/rate apart, except across a gap.
    `t_s` (n,) s. `acc_m_s2` (n, 3) m/s², gravity included. `gyr_rad_s` (n, 3) rad/s or None.
    `up` (n, 3) unit vector that points up, in sensor axes: the inclination.
    `after_gap` (n,) True at the first row after a gap (and nowhere else).
    """

    rate_hz: float
    first_index: int
    t_s: FloatArray
    acc_m_s2: FloatArray
    gyr_rad_s: FloatArray | None
    up: FloatArray
    after_gap: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.t_s.shape[0])


def motion_rate_hz(info: StreamInfo, wanted_hz: float) -> float:
    """The grid's rate: as wanted, or the stream's own where that is slower."""
    return min(info.sample_rate_hz, wanted_hz)


class MotionStage:
    """SampleBatch → Motion, for any cut. Without a gyroscope rows come out `3·GRAVITY_SIGMA_S` late."""

    def __init__(self, info: StreamInfo, wanted_hz: float) -> None:
        self.rate_hz = motion_rate_hz(info, wanted_hz)
        self._with_gyroscope = info.has_gyroscope
        self._spikes = LoneSpikes(info.sample_rate_hz)
        self._grid = UniformGrid(self.rate_hz, max(BRIDGED_S, 2.5 / info.sample_rate_hz))
        self._inclination: InclinationFromAcceleration | InclinationFromGyroscope = (
            InclinationFromGyroscope(self.rate_hz) if info.has_gyroscope else InclinationFromAcceleration(self.rate_hz)
        )
        width = 6 if info.has_gyroscope else 3
        # Stretches that are joined when they are known: times, channel by channel, and gaps.
        self._owed_t: list[FloatArray] = [np.empty(0)]
        self._owed_rows: list[FloatArray] = [np.empty((width, 0))]
        self._owed_gap: list[npt.NDArray[np.bool_]] = [np.empty(0, bool)]
        self._next_index = 0
        self._started = False
        self._gap_ahead = False

    @property
    def mended(self) -> int:
        """Lone samples that no body makes, which were taken for what lies around them."""
        return self._spikes.count

    def feed(self, batch: SampleBatch) -> Motion:
        """The rows that this batch completes."""
        return self._release(self._up(self._spikes.feed(batch)))

    def _up(self, batch: SampleBatch) -> FloatArray:
        """The inclination (m, 3) of the next rows, as far as it is known with these samples."""
        signals = [batch.acc_m_s2]
        if self._with_gyroscope:
            if batch.gyr_rad_s is None:
                raise ValueError("the stream was announced with a gyroscope, this batch has none")
            signals.append(batch.gyr_rad_s)
        ups = [np.empty((0, 3))]
        for fresh, t_s, cells in self._grid.feed(batch.t_s, *signals):
            if fresh and self._started:
                ups.append(self._inclination.flush())
            self._owe(t_s, cells, fresh)
            ups.append(self._inclination.feed(cells[:, :3], cells[:, 3:] if self._with_gyroscope else None))
        return np.concatenate([up for up in ups if up.shape[0]] or [np.empty((0, 3))])

    def finish(self) -> Motion:
        """The rows still owed at the end of the stream."""
        waiting = self._spikes.flush()
        before = np.empty((0, 3)) if waiting is None else self._up(waiting)
        up = self._inclination.flush()
        return self._release(np.concatenate((before, up)) if up.shape[0] else before)

    def _owe(self, t_s: FloatArray, cells: FloatArray, fresh: bool) -> None:
        gap = np.zeros(t_s.shape[0], bool)
        self._gap_ahead |= fresh and self._started
        self._started = True
        if t_s.shape[0]:
            gap[0], self._gap_ahead = self._gap_ahead, False
        self._owed_t.append(t_s)
        self._owed_rows.append(cells.T)
        self._owed_gap.append(gap)

    def _release(self, up: FloatArray) -> Motion:
        n = up.shape[0]
        all_t, all_rows = np.concatenate(self._owed_t), np.concatenate(self._owed_rows, axis=1)
        all_gap = np.concatenate(self._owed_gap)
        t_s, rows, gap = all_t[:n], all_rows[:, :n].T, all_gap[:n]
        self._owed_t, self._owed_rows, self._owed_gap = [all_t[n:]], [all_rows[:, n:]], [all_gap[n:]]
        motion = Motion(
            self.rate_hz,
            self._next_index,
            t_s,
            rows[:, :3],
            rows[:, 3:] if self._with_gyroscope else None,
            up,
            gap,
        )
        self._next_index += n
        return motion


def no_motion() -> Motion:
    """What a detector that reads samples only is given."""
    empty = np.empty(0)
    return Motion(0.0, 0, empty, np.empty((0, 3)), None, np.empty((0, 3)), np.empty(0, bool))
