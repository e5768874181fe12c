"""Polar's compressed frames: a first sample, then blocks of differences of as few bits as they need.

After the header: one sample of three little-endian numbers, then blocks `<bits u8><n u8><differences>`. The
differences of a block follow each other from the lowest bit of the first byte up, x y z x y z …, in two's
complement; each block starts on a whole byte. (Polar Measurement Data Specification for 3rd Party.)
"""

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.decoding.packets import Failure, IntArray, Part
from athena_sense.decoding.scaling import Scale
from athena_sense.profiles.packets import SIZES, STAMP_SIZES, Packet
from athena_sense.profiles.patterns import parse_pattern
from athena_sense.profiles.settings import Chosen

MAX_BITS = 32
PADDING = 16
"""Bytes after the last frame, over which the windows that read numbers out of it may reach."""
BLOCK_SAMPLES = 16
"""Samples in a block when encoding; any number up to 255 can be decoded."""


class PolarDeltaCodec:
    """Decodes and encodes one kind of compressed frame: i16 differences, or differences of a float's bit pattern."""

    def __init__(self, packet: Packet, chosen: Chosen) -> None:
        self.packet = packet
        (self.name,) = packet.carried
        self._scale = Scale(getattr(packet, self.name), self.name, chosen)
        self._is_float = self._scale.vector.type == "f32"
        self._width = SIZES[self._scale.vector.type]
        self._match = parse_pattern(packet.match)

    def decode(self, payloads: list[bytes], position: IntArray, factors: FloatArray) -> tuple[Part, list[Failure]]:
        """Frames of any lengths; `position` (p,) their places in the feed, `factors` (p,) what scales each."""
        failures: list[Failure] = []
        kept: list[int] = []
        blocks: list[tuple[int, int, int]] = []
        blocks_of: list[int] = []
        base = 0
        for index, payload in enumerate(payloads):
            found = self._blocks(payload, base)
            if found is None:
                failures.append(Failure(int(position[index]), "its blocks do not add up to its length"))
                continue
            kept.append(index)
            blocks += found
            blocks_of.append(len(found))
            base += len(payload)
        data = np.frombuffer(b"".join([payloads[index] for index in kept]) + bytes(PADDING), np.uint8)
        starts = np.cumsum([0] + [len(payloads[index]) for index in kept])[:-1].astype(np.int64)
        numbers, count = self._numbers(
            data, starts, np.array(blocks, np.int64).reshape(-1, 3), np.array(blocks_of, np.int64)
        )
        kept_array = np.array(kept, np.int64)
        values = self._scale.to_si(numbers, np.repeat(factors[kept_array], count)[:, None])
        return self._plausible(data, starts, position[kept_array], count, values, failures)

    def _blocks(self, payload: bytes, base: int) -> list[tuple[int, int, int]] | None:
        """(first byte, bits, samples) of every block; None where they do not fill the frame exactly."""
        at = self.packet.header_bytes + 3 * self._width
        end = len(payload)
        if end < at:
            return None
        found = []
        while at < end:
            if at + 2 > end:
                return None
            bits, samples = payload[at], payload[at + 1]
            size = (bits * samples * 3 + 7) >> 3
            if not 0 < bits <= MAX_BITS or not samples or at + 2 + size > end:
                return None
            found.append((base + at + 2, bits, samples))
            at += 2 + size
        return found

    def _numbers(
        self,
        data: "np.ndarray[tuple[int], np.dtype[np.uint8]]",
        starts: IntArray,
        blocks: IntArray,
        per_frame: IntArray,
    ) -> tuple[FloatArray, IntArray]:
        """All samples (n, 3) of all frames, and how many each frame has (p,)."""
        frame_of_block = np.repeat(np.arange(len(starts)), per_frame)
        count = 1 + np.bincount(frame_of_block, blocks[:, 2], len(starts)).astype(np.int64)
        first_sample = np.cumsum(count) - count
        steps = np.zeros((int(count.sum()), 3), np.int64)
        follows = np.ones(len(steps), np.bool_)
        follows[first_sample] = False
        steps[follows] = _differences(data, blocks).reshape(-1, 3)
        kind = "<i4" if self._width == 4 else "<i2"
        window = np.lib.stride_tricks.sliding_window_view(data, 3 * self._width)
        heads = window[starts + self.packet.header_bytes]
        steps[first_sample] = np.ascontiguousarray(heads).view(kind)
        total = np.cumsum(steps, axis=0)  # integers: exact, whatever stands before a frame
        before = total[first_sample] - steps[first_sample]
        numbers = total - np.repeat(before, count, axis=0)
        if not self._is_float:
            return numbers.astype(np.float64), count
        with np.errstate(invalid="ignore"):
            return numbers.astype(np.int32).view(np.float32).astype(np.float64), count

    def _plausible(
        self,
        data: "np.ndarray[tuple[int], np.dtype[np.uint8]]",
        starts: IntArray,
        position: IntArray,
        count: IntArray,
        values: FloatArray,
        failures: list[Failure],
    ) -> tuple[Part, list[Failure]]:
        stamp = None
        if self.packet.time is not None:
            window = np.lib.stride_tricks.sliding_window_view(data, STAMP_SIZES[self.packet.time.type])
            stamps = np.ascontiguousarray(window[starts + self.packet.time.offset])
            stamp = stamps.view(f"<u{stamps.shape[1]}").reshape(-1).astype(np.uint64)
        wild = ~self._scale.plausible(values)
        if wild.any():
            frame = np.repeat(np.arange(len(count)), count)
            bad = np.zeros(len(count), np.bool_)
            bad[frame[wild]] = True
            failures += [Failure(int(at), "its differences lead to impossible values") for at in position[bad]]
            values, position, count = values[~bad[frame]], position[~bad], count[~bad]
            stamp = None if stamp is None else stamp[~bad]
        acc, gyr = (values, None) if self.name == "acc" else (None, values)
        return Part(position, count, stamp, acc, gyr), failures

    def encode(self, values: FloatArray, stamp: int = 0, factor: float = 1.0) -> bytes:
        """One frame of these samples (n, 3), SI."""
        numbers = self._scale.to_numbers(values, factor)
        if self._is_float:
            numbers = numbers.astype(np.float32).view(np.int32)
        whole = numbers.astype(np.int64)
        head = bytearray(self.packet.header_bytes)
        head[: len(self._match)] = self._match.value
        time = self.packet.time
        if time is not None:
            size = STAMP_SIZES[time.type]
            head[time.offset : time.offset + size] = (stamp % time.modulus).to_bytes(size, "little")
        out = head + whole[0].astype("<i4" if self._width == 4 else "<i2").tobytes()
        steps = np.diff(whole, axis=0)
        if self._is_float:
            steps = (steps + (1 << 31)) % (1 << 32) - (1 << 31)
        for start in range(0, len(steps), BLOCK_SAMPLES):
            out += _packed(steps[start : start + BLOCK_SAMPLES])
        return bytes(out)


def _differences(data: "np.ndarray[tuple[int], np.dtype[np.uint8]]", blocks: IntArray) -> IntArray:
    """All differences of all blocks, in order. `data` goes on after the last."""
    each = 3 * blocks[:, 2]
    bits = np.repeat(blocks[:, 1], each)
    within = np.arange(int(each.sum())) - np.repeat(np.cumsum(each) - each, each)
    bit = within * bits + 8 * np.repeat(blocks[:, 0], each)
    eight = np.lib.stride_tricks.sliding_window_view(data, 8)[bit >> 3]
    word = np.ascontiguousarray(eight).view("<i8").reshape(-1) >> (bit & 7)
    sign = np.int64(1) << (bits - 1)
    value: IntArray = ((word & ((sign << 1) - 1)) ^ sign) - sign
    return value


def _packed(steps: IntArray) -> bytes:
    """One block of differences (n, 3), in as few bits as they need."""
    flat = steps.reshape(-1)
    largest = int(np.max(np.where(flat < 0, -(flat + 1), flat)))
    bits = max(1, largest.bit_length() + 1)
    spread = (flat[:, None] >> np.arange(bits)) & 1
    whole = np.packbits(spread.astype(np.uint8).reshape(-1), bitorder="little")
    return bytes([bits, len(steps), *whole.tolist()])
