"""The line that ties a sensor's clock to the host's, laid under the earliest arrivals."""

import itertools
from collections import deque
from collections.abc import Sequence

import numpy as np

Point = tuple[float, float]
"""(sensor's time, host's time) in seconds."""

MAX_CLOCK_ERROR = 0.1
"""Ten times what the clocks of motion sensors are allowed (Bosch BMI160: 1 %): beyond, it is no clock error."""
SLOPE_PRIOR_S = 2.0
"""A slope seen over less than this says less than the knowledge that clocks are right to about a percent."""
POINTS = 40
"""Enough for a slope, and few enough to look at one by one."""


class Line:
    """host = offset_s + slope · sensor, from the earliest arrivals.

    The slope is that of the lower convex hull (Zhang, Liu & Xia 2002, "Clock synchronization algorithms for network
    measurements") of the earliest arrivals of `slope_window_s`, the offset that of the earliest of `offset_window_s`.
    """

    def __init__(self, slope_window_s: float, offset_window_s: float, start: Point) -> None:
        self.slope = 1.0
        self.offset_s = start[1] - start[0]
        self._slope_window_s = slope_window_s
        self._every_s = slope_window_s / POINTS
        self._offset_window_s = offset_window_s
        self._points: deque[Point] = deque([start])
        # what the slope is taken for, and how long (s) one must be seen to be trusted as much
        self._expected = 1.0, SLOPE_PRIOR_S

    def at(self, sensor_s: float) -> float:
        """Host's time (s) of a sensor's time."""
        return self.offset_s + self.slope * sensor_s

    @property
    def span_s(self) -> float:
        """How long the line has been observed."""
        return self._points[-1][1] - self._points[0][1]

    def restart(self, start: Point) -> None:
        """Forget all arrivals: the sensor's clock was set anew. It still runs as fast as it did."""
        self._expected = self.slope, float(np.hypot(self._expected[1], self.span_s))
        self._points = deque([start])
        self.offset_s = self._offset_of(start)

    def raw_slope(self) -> float:
        """The slope of the arrivals alone."""
        return hull_slope(self._points)

    def add(self, point: Point) -> None:
        """Take the earliest arrival of one more block."""
        newest = self._points[-1]
        if point[1] // self._every_s > newest[1] // self._every_s:
            self._points.append(point)
            while point[1] - self._points[0][1] > self._slope_window_s:
                self._points.popleft()
                self._expected = 1.0, SLOPE_PRIOR_S
            self._renew_slope()
            recent = (p for p in self._points if point[1] - p[1] <= self._offset_window_s)
            self.offset_s = min(self._offset_of(p) for p in recent)
            return
        offset_s = self._offset_of(point)
        if offset_s < self._offset_of(newest):
            self._points[-1] = point
            self.offset_s = min(self.offset_s, offset_s)

    def _offset_of(self, point: Point) -> float:
        return point[1] - self.slope * point[0]

    def _renew_slope(self) -> None:
        if self._points[-1][0] > self._points[0][0]:
            expected, over_s = self._expected
            trust = self.span_s**2 / (self.span_s**2 + over_s**2)
            slope = expected + trust * (hull_slope(self._points) - expected)
            self.slope = min(max(slope, 1.0 - MAX_CLOCK_ERROR), 1.0 + MAX_CLOCK_ERROR)


def hull_slope(points: Sequence[Point]) -> float:
    """Slope of the lower hull's edge at the mean abscissa; 1 where all abscissae are equal. Points in order.

    Of all lines under the points this edge's is the one that is nearest to them (sum of distances).
    """
    hull: list[Point] = []
    for point in points:
        if hull and point[0] <= hull[-1][0]:
            point = (hull[-1][0], min(point[1], hull[-1][1]))
            hull.pop()
        while len(hull) > 1 and _is_above(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    middle = sum(point[0] for point in points) / len(points)
    for left, right in itertools.pairwise(hull):
        if right[0] >= middle:
            return (right[1] - left[1]) / (right[0] - left[0])
    return 1.0


def _is_above(left: Point, middle: Point, right: Point) -> bool:
    """Whether the middle point lies on or above the straight line between its neighbours."""
    rise, run = right[1] - left[1], right[0] - left[0]
    return (middle[1] - left[1]) * run >= rise * (middle[0] - left[0])
