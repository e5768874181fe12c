"""What was heard: kept on disk, decoded, and its troubles put in words."""

from athena_sense.datatypes import SampleBatch
from athena_sense.living.disk import Disk
from athena_sense.living.sensors import Arrivals, Sensors
from athena_sense.sources.live import LinkEvent


class Keeper:
    """Gives every arrival to the disk and to its sensor's decoder. The first one starts the clock of all sensors."""

    def __init__(self, sensors: Sensors, disk: Disk) -> None:
        self._sensors, self._disk = sensors, disk
        self._told: str | None = None
        self._started = False

    def keep(self, arrivals: Arrivals) -> tuple[list[tuple[int, SampleBatch]], tuple[str, ...]]:
        """The samples that these complete, each with its sensor's number, and what their wearer should be told."""
        samples: list[tuple[int, SampleBatch]] = []
        messages: list[str] = []
        for number, item in arrivals:
            self._disk.add(number, item)
            if isinstance(item, LinkEvent) and item.kind != "connected":
                messages.append(self._of_which(number, item.message))
            if not self._started and isinstance(item, tuple | SampleBatch) and len(item):
                self._started = True
                messages += self._sensors.absent
                for sensor in self._sensors.worn:
                    sensor.starts_at(item)
                    messages += [] if sensor.not_calibrated is None else [sensor.not_calibrated]
            batch = self._sensors.worn[number].take(item)
            if batch is not None and len(batch):
                samples.append((number, batch))
        return samples, (*messages, *self._news_of_the_disk())

    def _of_which(self, number: int, message: str) -> str:
        """The message, and of several sensors which one it is of: they may have one name."""
        worn = self._sensors.worn
        site = worn[number].placement
        return message if len(worn) == 1 or site is None else f"{site.replace('_', ' ')}: {message}"

    def _news_of_the_disk(self) -> tuple[str, ...]:
        problem, told = self._disk.problem, self._told
        self._told = problem
        if problem is not None and told is None:
            return (f"{problem}: the set goes on in memory; make room, and it is written then",)
        if problem is None and told is not None:
            return ("the recording is being written again; nothing was lost",)
        return ()
