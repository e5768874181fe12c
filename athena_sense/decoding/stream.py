"""From notifications to samples with times: the decoder, the clocks and the pairing, put together."""

from collections.abc import Sequence

import numpy as np

from athena_sense.datatypes import FloatArray, Notification, SampleBatch, StreamInfo
from athena_sense.decoding.decoder import PacketDecoder
from athena_sense.decoding.packets import Packets
from athena_sense.decoding.pairing import GyroPairing
from athena_sense.profiles.model import FirmwareProfile
from athena_sense.profiles.settings import Chosen, choose
from athena_sense.sample_clock import LinkHealth, SampleClock

_Timed = tuple[FloatArray, Packets]


class NotificationStream:
    """The samples of one sensor from its notifications: the same live, replayed, and for any way of cutting them.

    `t_s` are seconds on the host's clock since `start_ns` (by default the first arrival); several sensors with the
    same `start_ns` share one time axis. Where angular rates come in packets of their own they are interpolated onto
    the times of the acceleration, which adds the delay of one such packet.
    """

    def __init__(self, profile: FirmwareProfile, chosen: Chosen | None = None, start_ns: int | None = None) -> None:
        self.profile = profile
        self.chosen = chosen or choose(profile)
        self.decoder = PacketDecoder(profile, self.chosen)
        self._start_ns = start_ns
        self._pairing = GyroPairing() if self.chosen.gyroscope and profile.separate_gyroscope else None
        self._clocks: tuple[SampleClock, SampleClock] | None = None

    @property
    def info(self) -> StreamInfo:
        """What is known of the stream before its first sample."""
        return StreamInfo(
            sample_rate_hz=self.chosen.rate_hz,
            has_gyroscope=self.chosen.gyroscope,
            has_gravity=self.profile.gravity_included,
            acc_range_m_s2=self.chosen.acc_range_m_s2,
            sensor=self.profile.title,
            gyr_range_rad_s=self.chosen.gyr_range_rad_s,
            sensor_is_kind=True,
        )

    @property
    def health(self) -> LinkHealth:
        """Rate and loss so far, of the acceleration."""
        if self._clocks is None:
            return LinkHealth(self.chosen.rate_hz, 0, 0, 0, 0)
        return self._clocks[0].health

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be told of packets that did not fit the profile."""
        bad = self.decoder.error_count
        return (f"{bad} packets did not fit {self.profile.title}",) if bad else ()

    def feed(self, notifications: Sequence[Notification]) -> SampleBatch:
        """The samples that these notifications complete. Packets that do not fit are counted by `decoder`."""
        if notifications and self._clocks is None:
            self._start(notifications[0].arrival_ns if self._start_ns is None else self._start_ns)
        decoded = self.decoder.feed(notifications)
        motion_t, motion = self._timed(decoded.motion, 0)
        if self._pairing is None:
            return SampleBatch(motion_t, _rows(motion.acc), motion.gyr if self.chosen.gyroscope else None)
        rotation_t, rotation = self._timed(decoded.rotation, 1)
        return self._pairing.feed(
            (motion_t, _rows(motion.acc), np.repeat(motion.number, motion.count)),
            (rotation_t, _rows(rotation.gyr), np.repeat(rotation.number, rotation.count)),
        )

    def _start(self, start_ns: int) -> None:
        self._clocks = self._clock("acc", start_ns), self._clock("gyr", start_ns)

    def _clock(self, carried: str, start_ns: int) -> SampleClock:
        packets = self.profile.packets
        time = next((packet.time for packet in packets if carried in packet.carried), None)
        return SampleClock(self.chosen.rate_hz, time, start_ns)

    def _timed(self, packets: Packets, clock: int) -> _Timed:
        """Times of the samples of the packets that the clock keeps, and those packets."""
        if self._clocks is None:
            return np.empty(0), packets
        t_s, keep = self._clocks[clock].times(packets.arrival_ns, packets.count, packets.stamp)
        return t_s, packets if keep.all() else _only(packets, keep)


def _only(packets: Packets, keep: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Packets:
    samples = np.repeat(keep, packets.count)
    return Packets(
        packets.number[keep],
        packets.arrival_ns[keep],
        packets.count[keep],
        None if packets.stamp is None else packets.stamp[keep],
        None if packets.acc is None else packets.acc[samples],
        None if packets.gyr is None else packets.gyr[samples],
    )


def _rows(values: FloatArray | None) -> FloatArray:
    return np.empty((0, 3)) if values is None else values
