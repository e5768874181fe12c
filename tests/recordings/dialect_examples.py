"""For each dialect, one movement written as its app writes it: the header is verbatim, the numbers are known."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

G = 9.80665
N = 240
RATE_HZ = 100.0
T_S = np.arange(N) / RATE_HZ
ACC = np.column_stack([np.sin(3 * T_S), 0.4 * np.cos(5 * T_S), 9.7 + 0.3 * np.sin(2 * T_S)])
GYR = np.column_stack([0.5 * np.cos(3 * T_S), np.sin(T_S), -0.2 * np.sin(4 * T_S)])
GRAVITY = np.tile([0.0, 0.0, G], (N, 1))
EPOCH_NS = 1_698_501_144_401_000_000


@dataclass(frozen=True)
class Example:
    """`write(folder)` returns the path to open; the flags say what must come out."""

    dialect: str
    write: Callable[[Path], Path]
    has_gyroscope: bool = True
    has_gravity: bool = True
    tolerance: float = 2e-6


def rows(columns: list[np.ndarray], delimiter: str = ",", decimal: str = ".", form: str = "{:.9E}") -> str:
    lines = (delimiter.join(form.format(value) for value in row) for row in np.column_stack(columns))
    return "\n".join(line.replace(".", decimal) for line in lines) + "\n"


def zipped(path: Path, members: dict[str, str]) -> Path:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, text in members.items():
            file.writestr(name, text)
    path.write_bytes(buffer.getvalue())
    return path


def text(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


def iso(start: datetime, t: float, between: str) -> str:
    return (start + timedelta(seconds=t)).strftime(f"%Y-%m-%d{between}%H:%M:%S.%f")[:-3]


def phyphox_text(delimiter: str = ",", decimal: str = ".", label: str = "Acceleration") -> str:
    names = ["Time (s)", *(f"{label} {axis} (m/s^2)" for axis in "xyz"), "Absolute acceleration (m/s^2)"]
    header = delimiter.join(f'"{name}"' for name in names)
    values = ACC if label == "Acceleration" else ACC - GRAVITY
    return header + "\n" + rows([T_S + 2.7e-3, *values.T, np.hypot(*values.T[:2])], delimiter, decimal)


def phyphox_gyro() -> str:
    names = ["Time (s)", *(f"Gyroscope {axis} (rad/s)" for axis in "xyz"), "Absolute (rad/s)"]
    return ",".join(f'"{name}"' for name in names) + "\n" + rows([T_S + 2.7e-3, *GYR.T, GYR[:, 0]])


def sensor_logger_csv(values: np.ndarray) -> str:
    lines = ["time,seconds_elapsed,z,y,x"]
    for t, (x, y, z) in zip(T_S, values, strict=True):
        lines.append(f"{EPOCH_NS + round(t * 1e9)},{t - 0.05},{z},{y},{x}")
    return "\n".join(lines) + "\n"


def sensor_logger_metadata(platform: str, standardisation: str) -> str:
    return (
        "version,device name,recording epoch time,recording time,recording timezone,platform,appVersion,device id,"
        "sensors,sampleRateMs,standardisation,platform version\n"
        f'3,"Phone, mine",{EPOCH_NS // 10**6},2026-01-01_10-00-00,Europe/Berlin,{platform},1.64,abc,'
        f"Accelerometer|Gyroscope,10|10,{standardisation},36\n"
    )


def sensor_logger_android(folder: Path) -> Path:
    return zipped(
        folder / "2026-01-01_10-00-00.zip",
        {
            "Accelerometer.csv": sensor_logger_csv(ACC - GRAVITY),
            "TotalAcceleration.csv": sensor_logger_csv(ACC),
            "Gyroscope.csv": sensor_logger_csv(GYR),
            "Metadata.csv": sensor_logger_metadata("android", "false"),
        },
    )


def sensor_logger_iphone(folder: Path) -> Path:
    return zipped(
        folder / "iphone.zip",
        {
            "set/Accelerometer.csv": sensor_logger_csv(-(ACC - GRAVITY)),
            "set/Gravity.csv": sensor_logger_csv(-GRAVITY),
            "set/Gyroscope.csv": sensor_logger_csv(GYR),
            "set/Metadata.csv": sensor_logger_metadata("ios", "false"),
            "__MACOSX/set/._Accelerometer.csv": "\0",
        },
    )


def sensor_logger_json(folder: Path) -> Path:
    records = [
        {
            "sensor": name,
            "time": str(EPOCH_NS + round(t * 1e9)),
            "seconds_elapsed": str(t),
            **{axis: str(value) for axis, value in zip("xyz", row, strict=True)},
        }
        for name, values in (("TotalAcceleration", ACC), ("Gyroscope", GYR))
        for t, row in zip(T_S, values, strict=True)
    ]
    records.append({"sensor": "Location", "time": str(EPOCH_NS), "seconds_elapsed": "1", "latitude": "1"})
    return text(folder / "export.json", json.dumps(records, indent=2))


def polar(folder: Path) -> Path:
    clock = 599_616_065_136_175_104 + np.round(T_S * 1e9).astype(np.int64)
    phone = "2026-04-24T14:10:20.058"
    for name, unit, values in (("ACC", "mg", ACC / G * 1000), ("GYRO", "dps", np.degrees(GYR))):
        lines = [f"Phone timestamp;sensor timestamp [ns];X [{unit}];Y [{unit}];Z [{unit}] "]
        lines += [f"{phone};{c};{x:.9f};{y:.9f};{z:.9f}" for c, (x, y, z) in zip(clock, values, strict=True)]
        text(folder / f"Polar_Sense_0A1B2C3D_20260424_141020_{name}.txt", "\n".join(lines) + "\n")
    return folder / "Polar_Sense_0A1B2C3D_20260424_141020_ACC.txt"


def metabase(folder: Path, head: str = "epoch (ms),time (-13:00),elapsed (s)") -> Path:
    stem = "calf_MetaWear_2026-01-14T14.27.00.784_C42732BE255C"
    for name, unit, values in (("Accelerometer", "g", ACC / G), ("Gyroscope", "deg/s", np.degrees(GYR))):
        lines = [f"{head},x-axis ({unit}),y-axis ({unit}),z-axis ({unit})"]
        for t, (x, y, z) in zip(T_S, values, strict=True):
            stamp = iso(datetime(2026, 1, 14, tzinfo=UTC), t, "T")
            lines.append(f"{1547472421400 + round(t * 1000)},{stamp},{t:.3f},{x:.9f},{y:.9f},{z:.9f}")
        text(folder / f"{stem}_{name}_100.000Hz_1.4.4.csv", "\n".join(lines) + "\n")
    return folder / f"{stem}_Accelerometer_100.000Hz_1.4.4.csv"


def movella(folder: Path, first_tick: int = 2**32 - 1_000_000, acc: str = "Acc") -> Path:
    lines = [
        "sep=,",
        "DeviceTag:,Foot",
        "FirmwareVersion:,3.0.0",
        "OutputRate:,100Hz",
        "© Movella Technologies B. V. 2005-2025",
        "",
        f"PacketCounter,SampleTimeFine,{acc}_X,{acc}_Y,{acc}_Z,Gyr_X,Gyr_Y,Gyr_Z,Status,",
    ]
    values = ACC if acc == "Acc" else ACC - GRAVITY
    for i, row in enumerate(np.column_stack([values, np.degrees(GYR)])):
        lines.append(f"{i},{(first_tick + i * 10_000) % 2**32}," + ",".join(f"{v:.9f}" for v in row) + ",0,")
    return text(folder / "Foot_20260711.csv", "\n".join(lines) + "\n")


def axivity(folder: Path, header: bool = True) -> Path:
    names = "Time,Accel-X (g), Accel-Y (g), Accel-Z (g), Gyro-X (d/s), Gyro-Y (d/s), Gyro-Z (d/s)"
    lines = [names] if header else []
    for t, row in zip(T_S, np.column_stack([ACC / G, np.degrees(GYR)]), strict=True):
        stamp = iso(datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC), t, " ")
        lines.append(stamp + "," + ",".join(f"{v:.9f}" for v in row))
    return text(folder / "ax6.csv", "\n".join(lines) + "\n")


def shimmer(folder: Path) -> Path:
    names = ["Gyroscope X", "Gyroscope X", "Gyroscope Y", "Gyroscope Z"]
    names += [f"Low Noise Accelerometer {axis}" for axis in "XYZ"] + ["Timestamp", "Pulse"]
    kinds = ["CAL", "RAW", *["CAL"] * 6, "no format"]
    units = ["deg/s", "No Units", "deg/s", "deg/s", *["m/s^2"] * 3, "mSecs", "no unit"]
    gyr = np.degrees(GYR)
    values = [gyr[:, 0], gyr[:, 0], gyr[:, 1], gyr[:, 2], *ACC.T, 113.28125 + 1000 * T_S, np.zeros(N)]
    head = ["\t".join([*row, ""]) for row in (["belt"] * 9, names, kinds, units)]
    body = [line + "\t" for line in rows(values, "\t").splitlines()]
    return text(folder / "q1.dat", "\r\n".join(head + body) + "\r\n")


def plain_text(header: str = "t,ax,ay,az,gx,gy,gz", delimiter: str = ",", decimal: str = ".") -> str:
    return header.replace(",", delimiter) + "\n" + rows([T_S, *ACC.T, *GYR.T], delimiter, decimal)


EXAMPLES: dict[str, Example] = {
    "phyphox": Example("phyphox", lambda d: text(d / "Raw Data.csv", phyphox_text()), has_gyroscope=False),
    "phyphox semicolon, decimal comma": Example(
        "phyphox", lambda d: text(d / "a.csv", phyphox_text(";", ",")), has_gyroscope=False
    ),
    "phyphox tab, decimal comma": Example(
        "phyphox", lambda d: text(d / "a.txt", phyphox_text("\t", ",")), has_gyroscope=False
    ),
    "phyphox linear": Example(
        "phyphox",
        lambda d: text(d / "a.csv", phyphox_text(label="Linear Acceleration")),
        has_gyroscope=False,
        has_gravity=False,
    ),
    "phyphox zip": Example(
        "phyphox",
        lambda d: zipped(
            d / "export.zip",
            {"Accelerometer.csv": phyphox_text(), "Gyroscope.csv": phyphox_gyro(), "meta/device.csv": "a,b\n"},
        ),
    ),
    "phyphox zip, one table": Example(
        "phyphox",
        lambda d: zipped(d / "export.zip", {"Raw Data.csv": phyphox_text(), "meta/time.csv": "event\n"}),
        has_gyroscope=False,
    ),
    "Sensor Logger, Android zip": Example("Sensor Logger", sensor_logger_android),
    "Sensor Logger, iPhone zip": Example("Sensor Logger", sensor_logger_iphone),
    "Sensor Logger, one CSV": Example(
        "Sensor Logger",
        lambda d: text(d / "TotalAcceleration.csv", sensor_logger_csv(ACC)),
        has_gyroscope=False,
    ),
    "Sensor Logger, Accelerometer alone": Example(
        "Sensor Logger",
        lambda d: text(d / "Accelerometer.csv", sensor_logger_csv(ACC - GRAVITY)),
        has_gyroscope=False,
        has_gravity=False,
    ),
    "Sensor Logger, renamed": Example(
        "Sensor Logger", lambda d: text(d / "calf.csv", sensor_logger_csv(ACC)), has_gyroscope=False
    ),
    "Sensor Logger JSON": Example("Sensor Logger JSON", sensor_logger_json),
    "Polar": Example("Polar Sensor Logger", polar),
    "MetaBase": Example("MetaBase", metabase),
    "MetaBase, old": Example("MetaBase", lambda d: metabase(d, "epoc (ms),timestamp (-0700),elapsed (s)")),
    "Movella": Example("Movella DOT", movella),
    "Movella, free acceleration": Example("Movella DOT", lambda d: movella(d, acc="FreeAcc"), has_gravity=False),
    "Axivity": Example("Axivity", axivity),
    "Axivity, no header": Example("Axivity", lambda d: axivity(d, header=False)),
    "Shimmer": Example("Shimmer", shimmer),
    "plain": Example("plain CSV", lambda d: text(d / "calf.csv", plain_text())),
}
