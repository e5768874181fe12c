"""Impossible asks: what the data cannot carry is refused, or not measured for the right reason, and never claimed."""

from collections.abc import Iterator

import numpy as np

from athena_sense.datatypes import PLACEMENTS, Item, Landing, SampleBatch, StreamInfo
from athena_sense.errors import AthenaError, ExerciseError, RecordingError
from athena_sense.exercises import exercise_names, get_exercise
from athena_sense.landings.impact import PEAK_RATE_HZ
from athena_sense.session import Session
from athena_sense.simulation import MOVEMENTS, Simulated, simulate
from athena_sense.targets import Program
from tests.accuracy.table import Row

SEEDS = range(5)
GAP_S = 0.8
"""Longer than what is bridged, shorter than any rep."""
Answer = tuple[str, bool]
"""What was asked, and whether it was answered rightly."""


def rows() -> Iterator[Row]:
    """One row a kind of ask: the share that was answered with the right reason, and the wrong claims."""
    kinds = {
        "too few samples a second": too_slow(),
        "gravity removed": no_gravity(),
        "wrong placement": wrong_placement(),
        "gap inside": gaps(),
        "clipped impacts": clipped(),
        "a range too small for gravity": clipped_gravity(),
        "gravity removed, and nobody said so": gravity_not_there(),
        "peaks at rates that cannot show them": slow_peaks(),
        "second sensor not worn": no_second_sensor(),
        "judged by one's own usual, and none is known": no_baseline(),
    }
    for kind, answers in kinds.items():
        found = list(answers)
        wrong = [ask for ask, right in found if not right]
        figure = f"{len(found) - len(wrong)} of {len(found)}" + (f" (wrong: {', '.join(wrong[:3])})" if wrong else "")
        yield Row(f"impossible asks: {kind}", "100 % with the right reason", figure, bool(found) and not wrong)


def sites() -> Iterator[tuple[str, str, float]]:
    """(exercise, placement, least rate) of every site."""
    for name in exercise_names():
        for site in get_exercise(name).sites:
            yield name, site.placement, site.min_rate_hz


def simulated() -> Iterator[tuple[str, str, int]]:
    """(exercise, placement, seed) of sets at every site at which its movement can be simulated."""
    for name, placement, _ in sites():
        if name in MOVEMENTS and placement in MOVEMENTS[name].placements:
            yield from ((name, placement, seed) for seed in SEEDS)


def too_slow() -> Iterator[Answer]:
    for name, placement, least_hz in sites():
        yield (
            f"{name} {placement}",
            refused(RecordingError, "too few", StreamInfo(0.5 * least_hz, True), name, placement),
        )
    for name in exercise_names():
        for site in get_exercise(name).sites:
            if site.min_rate_hz_alone is not None:
                info, words = StreamInfo(0.8 * site.min_rate_hz_alone, False), "without a gyroscope"
                ask = f"{name} {site.placement} {words}"
                yield ask, refused(RecordingError, words, info, name, site.placement)


def no_gravity() -> Iterator[Answer]:
    for name, placement, _ in sites():
        info = StreamInfo(200.0, True, has_gravity=False)
        if get_exercise(name).needs_gravity:
            yield f"{name} {placement}", refused(RecordingError, "gravity was removed", info, name, placement)


def wrong_placement() -> Iterator[Answer]:
    for name in exercise_names():
        for placement in PLACEMENTS:
            if get_exercise(name).site(placement) is None:
                info = StreamInfo(200.0, True)
                yield f"{name} {placement}", refused(ExerciseError, "cannot be seen", info, name, placement)


def refused(kind: type[AthenaError], words: str, info: StreamInfo, name: str, placement: str) -> bool:
    """Whether a session is refused for this reason."""
    try:
        Session(info, name, placement)
    except kind as error:
        return words in str(error)
    return False


def gaps() -> Iterator[Answer]:
    """A hole in the middle of a rep, a landing or a hold: no duration across it is claimed."""
    for name, placement, seed in simulated():
        one = simulate(name, placement, seed=seed, rate_hz=200.0, reps=6)
        middle_s = hole_at_s(one)
        keep = np.abs(one.samples.t_s - middle_s) > 0.5 * GAP_S
        session = played(one, part_of(one.samples, keep))
        across = [item for item in found(session) if spans(item, middle_s)]
        yield f"{name} {placement} seed {seed}", all(claims_nothing(item) for item in across)


def hole_at_s(one: Simulated) -> float:
    """At a contact, inside a hold, or inside the moving part of a rep."""
    truth = one.truth
    if truth.landings:
        return truth.landings[len(truth.landings) // 2].contact_s
    if truth.holds:
        return 0.5 * (truth.holds[0].start_s + truth.holds[0].end_s)
    rep = truth.reps[len(truth.reps) // 2]
    moving = next((phase for phase in rep.phases if phase.name == "eccentric"), rep.phases[0])
    return 0.5 * (moving.start_s + moving.end_s)


def spans(item: Item, at_s: float) -> bool:
    """Whether the hole lies inside the item."""
    if isinstance(item, Landing):
        return abs(item.time_s - at_s) < 0.5 * GAP_S
    return item.start_s < at_s - 0.5 * GAP_S and at_s + 0.5 * GAP_S < item.end_s


def claims_nothing(item: Item) -> bool:
    """Whether no time or angle that the hole could have changed is claimed."""
    exact = {metric: m for metric, m in item.measurements.items() if m.bound == "exact"}
    told = [m for metric, m in exact.items() if metric.endswith(("_duration_s", "_deg"))]
    reasons = {m.reason for m in item.measurements.values() if m.reason is not None}
    return all(m.value is None for m in told) and "gap" in reasons


def clipped() -> Iterator[Answer]:
    for seed in SEEDS:
        one = simulate("box-jump", "waist", seed=seed, rate_hz=200.0, reps=4, acc_range_g=2.0, loudness="loud")
        for landing in played(one, one.samples).landings:
            yield f"box-jump waist seed {seed}", landing.measurements["peak_impact_g"].bound == "at_least"


def clipped_gravity() -> Iterator[Answer]:
    """A sensor that cannot show gravity, however it lies: whatever is counted, no angle, time or sway is claimed."""
    for name, placement, seed in simulated():
        one = simulate(name, placement, seed=seed, rate_hz=100.0, reps=4, acc_range_g=0.5)
        items = [item for item in found(played(one, one.samples)) if not isinstance(item, Landing)]
        exact = [m for item in items for m in item.measurements.values() if m.value is not None]
        yield f"{name} {placement} seed {seed}", not exact


def gravity_not_there() -> Iterator[Answer]:
    """Linear acceleration that says it is none: no target is judged by it."""
    for name, placement, seed in simulated():
        one = simulate(name, placement, seed=seed, rate_hz=200.0, reps=4)
        acc = one.samples.acc_m_s2
        low = np.stack([np.convolve(axis, np.ones(200) / 200.0, "same") for axis in acc.T]).T
        session = played(one, SampleBatch(one.samples.t_s, acc - low, one.samples.gyr_rad_s))
        judged = {verdict.status for verdict in session.verdicts()}
        yield f"{name} {placement} seed {seed}", judged == {"not_measured"}


def slow_peaks() -> Iterator[Answer]:
    for placement, least_hz in PEAK_RATE_HZ.items():
        if placement in MOVEMENTS["box-jump"].placements:
            one = simulate("box-jump", placement, seed=1, rate_hz=0.5 * least_hz, reps=4)
            for landing in played(one, one.samples).landings:
                peak = landing.measurements["peak_impact_g"]
                yield f"box-jump {placement}", peak.bound == "at_least" or peak.value is None


def no_second_sensor() -> Iterator[Answer]:
    for name in exercise_names():
        metrics = {metric for one in get_exercise(name).companions for metric in one.metrics}
        if metrics:
            one = simulate(name, get_exercise(name).sites[0].placement, seed=1, reps=4)
            for item in found(played(one, one.samples)):
                reasons = {item.measurements[metric].reason for metric in metrics}
                yield f"{name} {item.number}", reasons == {"no_second_sensor"}


def no_baseline() -> Iterator[Answer]:
    target = {"name": "quiet", "of": "landing", "metric": "peak_impact_g", "max_own": 1.2, "flag": "loud_landing"}
    program = Program.model_validate(
        {
            "name": "own",
            "title": "Own",
            "exercises": [{"exercise": "box-jump", "targets": [{**target, "message": "Quiet"}]}],
        }
    )
    for seed in SEEDS:
        one = simulate("box-jump", "waist", seed=seed, reps=4)
        session = played(one, one.samples, program)
        verdict = session.verdicts()[-1]
        told = verdict.status == "not_measured" and "your own usual is not known" in verdict.message
        yield f"box-jump seed {seed}", told and all(landing.valid is None for landing in session.landings)


def played(one: Simulated, samples: SampleBatch, program: Program | None = None) -> Session:
    """A simulated set through the pipe."""
    judged = {} if program is None else {"program": program}
    session = Session(one.info, one.exercise, one.placement, **judged)
    session.feed(samples)
    session.finish()
    return session


def found(session: Session) -> list[Item]:
    """Everything that was found."""
    return [*session.reps, *session.landings, *session.holds]


def part_of(samples: SampleBatch, keep: np.ndarray) -> SampleBatch:
    """The samples that are kept."""
    gyr = samples.gyr_rad_s
    return SampleBatch(samples.t_s[keep], samples.acc_m_s2[keep], None if gyr is None else gyr[keep])
