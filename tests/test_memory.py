"""What the pipe keeps of the past is bounded, however long a set goes on."""

import pickle

import numpy as np

from athena_sense import Session, StreamInfo
from athena_sense.datatypes import SampleBatch
from athena_sense.dsp.motion import MotionStage
from athena_sense.reps.heel import HeelReps
from athena_sense.simulation import simulate

TIMES = 30
REACHED = 12
"""Sets after which every buffer has been filled: look-backs are 180 s at most."""


def test_a_detector_s_memory_does_not_grow() -> None:
    one = simulate("calf", "foot", seed=1, reps=8, rate_hz=50.0, gyroscope=False, lowering_s=4.0, walk=False)
    stage, detector = MotionStage(one.info, 25.0), HeelReps(25.0, 8.0)
    length_s = float(one.samples.t_s[-1] - one.samples.t_s[0]) + 0.02
    sizes, reps = [], 0
    for times in range(TIMES):
        samples = SampleBatch(one.samples.t_s + times * length_s, one.samples.acc_m_s2)
        for start in range(0, len(samples), 50):
            reps += len(detector.feed(stage.feed(samples[start : start + 50])))
        detector.alarms_s.clear()
        sizes.append(len(pickle.dumps((stage, detector))))
    assert reps >= 7 * TIMES
    # The history is cut back when it is twice as long as is needed: its size goes up and down.
    assert max(sizes[2 * REACHED :]) <= 1.05 * max(sizes[REACHED : 2 * REACHED])


def test_waiting_for_a_set_to_begin_costs_no_more_the_longer_it_takes() -> None:
    session = Session(StreamInfo(20.0, has_gyroscope=False), "generic", "waist")
    minute = np.tile([0.0, 0.0, 9.81], (1200, 1))
    sizes = []
    for minutes in range(10):
        session.feed(SampleBatch(60.0 * minutes + np.arange(1200) / 20.0, minute))
        sizes.append(len(pickle.dumps(session._quality.stands)))
    assert sizes[1] < sizes[2]
    assert max(sizes[5:]) <= 1.05 * sizes[4]
