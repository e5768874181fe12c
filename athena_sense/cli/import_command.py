"""`athena-sense import`: other apps' files become recordings that know what they are."""

from pathlib import Path
from typing import Any

import click

from athena_sense.cli.parameters import FILE, exercise_options


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("-o", "--output", type=FILE, help="The recording to write; a folder, for several files.")
@exercise_options
@click.option("--side", type=click.Choice(["left", "right"]), help="The side of the body it was worn on.")
@click.option("--sensor", metavar="NAME", help="Which sensor it was; what is kept of that one is used when replayed.")
@click.option("--athlete", help="An alias of who moved; never a name.")
@click.option("--force", is_flag=True, help="Write over a recording that is there.")
def command(
    files: tuple[Path, ...],
    output: Path | None,
    exercise: str | None,
    placement: str | None,
    program: str | None,
    box_height: float | None,
    side: str | None,
    sensor: str | None,
    athlete: str | None,
    force: bool,
) -> None:
    """Turn other apps' files into recordings.

    Every CSV dialect and Sensor Logger's zip are recognised by their content. A recording keeps what it is of, so
    that replaying it needs no options. It is written beside the file, with the ending .arrows.

    \b
    Examples:
      athena-sense import phyphox.csv --exercise eccentric-calf --placement foot
      athena-sense import left.csv --exercise eccentric-calf --placement foot --sensor "left foot"
      athena-sense import week/*.csv -o recordings/ --exercise box-jump --placement waist --box-height 12in
    """
    from athena_sense.cli.conversion import convert_each
    from athena_sense.errors import RecordingError
    from athena_sense.recordings import RECORDING_SUFFIX, RecordingWriter, open_recording
    from athena_sense.replaying import decoded

    given: dict[str, Any] = {
        "exercise": exercise,
        "placement": placement,
        "program": program,
        "box_height_m": box_height,
        "side": side,
        "athlete": athlete,
        "sensor": sensor,
        "sensor_is_kind": None if sensor is None else False,
        "sensor_is_device": None if sensor is None else False,
    }
    changes = {key: value for key, value in given.items() if value is not None}

    def convert(source: Path, target: Path) -> tuple[str, ...]:
        opened = open_recording(source)
        if len(opened.sensors) > 1 and not changes.keys().isdisjoint(("placement", "side", "sensor")):
            count = len(opened.sensors)
            raise RecordingError(f"{source}: is of {count} sensors; --placement, --side and --sensor are for one")
        header = opened.header.with_changes(kind="samples", more_sensors=opened.sensors[1:], **changes)
        samples, _, notes = decoded(opened, source)
        others = [decoded(open_recording(source, number), source) for number in range(1, len(header.sensors))]
        with RecordingWriter(target, header, overwrite=force) as writer:
            writer.write_samples(samples)
            for number, (more, _, _) in enumerate(others, 1):
                writer.write_samples(more, number)
        rate_hz = header.sample_rate_hz
        return (f"{opened.dialect}, {len(samples)} samples at {rate_hz:.4g} Hz", *notes, *opened.notes)

    convert_each(files, output, RECORDING_SUFFIX, force, convert)
