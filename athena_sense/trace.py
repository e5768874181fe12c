"""The signal a set was seen in, kept for pictures."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from athena_sense.datatypes import FloatArray, Rep, SampleBatch
from athena_sense.dsp.motion import Motion
from athena_sense.result import Trace
from athena_sense.units import DEG_PER_RAD, STANDARD_GRAVITY_M_S2


class TraceKeeper:
    """Collects the tilt of the sensor, or the size of its acceleration."""

    def __init__(self, kind: Literal["tilt", "impact"]) -> None:
        self._kind = kind
        self._t_s: list[FloatArray] = []
        self._rows: list[FloatArray] = []

    def feed(self, samples: SampleBatch, motion: Motion) -> None:
        """Keep what these rows show."""
        if self._kind == "tilt" and len(motion):
            self._t_s.append(motion.t_s)
            self._rows.append(motion.up)
        elif self._kind == "impact" and len(samples):
            self._t_s.append(samples.t_s)
            self._rows.append(samples.acc_m_s2)

    def trace(self, reps: Sequence[Rep]) -> Trace | None:
        """The signal as a picture shows it; a tilt is turned so that raising goes up."""
        if not self._rows:
            return None
        t_s, rows = np.concatenate(self._t_s), np.concatenate(self._rows)
        if self._kind == "impact":
            return Trace(t_s, np.linalg.norm(rows, axis=1) / STANDARD_GRAVITY_M_S2, "acceleration", "g")
        middle = rows.mean(axis=0)
        away = rows - middle
        along = np.linalg.eigh(away.T @ away)[1][:, -1]
        tilt = np.arctan2(away @ along, rows @ (middle / np.linalg.norm(middle))) * DEG_PER_RAD
        for rep in reps:
            phase = next((phase for phase in rep.phases if phase.name == "eccentric"), None)
            if phase is not None:
                top, bottom = np.interp([phase.start_s, phase.end_s], t_s, tilt)
                tilt = tilt if top > bottom else -tilt
                break
        return Trace(t_s, tilt - np.quantile(tilt, 0.05), "tilt", "°")
