"""Installed from a wheel or editable, the program is whole: its data files, its command, from any folder.

Each way is installed into a virtual environment of its own, which borrows its dependencies from this one, so that
no network is needed.
"""

import json
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from athena_sense import __version__
from athena_sense.exercises import exercise_names
from athena_sense.profiles import profile_names
from athena_sense.targets import program_names

PROJECT = Path(__file__).parents[1]
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
INSTALL = ("install", "--no-index", "--no-deps", "--no-build-isolation")
COMMAND = "Scripts/athena-sense.exe" if sys.platform == "win32" else "bin/athena-sense"

pytest.importorskip("pip", reason="installs with pip")


@pytest.fixture(scope="module", params=["wheel", "editable"])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the project in it."""
    folder = tmp_path_factory.mktemp(request.param)
    venv.create(folder, with_pip=False)
    paths = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)})
    borrowed = sysconfig.get_paths()
    pth = Path(paths["purelib"]) / "borrowed.pth"
    pth.write_text(f"{borrowed['purelib']}\n{borrowed['platlib']}\n", encoding="utf-8")
    python = folder / Path(COMMAND).parent / Path(sys.executable).name
    what = ["--editable", str(PROJECT)] if request.param == "editable" else [str(wheel(folder))]
    run(*PIP, "--python", str(python), *INSTALL, *what)
    return folder


def wheel(folder: Path) -> Path:
    """The project's wheel, freshly built."""
    run(*PIP, "wheel", *INSTALL[1:], "--wheel-dir", str(folder), str(PROJECT))
    (path,) = folder.glob("*.whl")
    return path


def run(*command: str, cwd: Path | None = None) -> str:
    """What a command printed; fails with what it said."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_command_that_needs_data_files_works_from_anywhere(installed: Path, tmp_path: Path) -> None:
    def athena_sense(*arguments: str) -> str:
        return run(str(installed / COMMAND), *arguments, cwd=tmp_path)

    assert athena_sense("--version").strip().endswith(__version__)
    programs, exercises = athena_sense("programs"), athena_sense("exercises")
    assert all(name in programs for name in program_names())
    assert all(name in exercises for name in exercise_names())
    told = json.loads(athena_sense("replay", str(PROJECT / "recordings" / "calf-good.arrows"), "--json"))
    assert len(told["reps"]) == 13


def test_profiles_and_schema_are_found_from_anywhere(installed: Path, tmp_path: Path) -> None:
    code = (
        "import json, athena_sense; from athena_sense.profiles import profile_names; "
        "from athena_sense.result import result_schema; "
        "print(json.dumps([athena_sense.__file__, profile_names(), result_schema()['title']]))"
    )
    python = installed / Path(COMMAND).parent / Path(sys.executable).name
    file, profiles, title = json.loads(run(str(python), "-c", code, cwd=tmp_path))
    expected = PROJECT if "editable" in installed.name else installed
    assert Path(file).resolve().is_relative_to(expected.resolve())
    assert tuple(profiles) == profile_names()
    assert title.startswith("athena-sense result")


def test_the_wheel_holds_the_package_and_nothing_else(tmp_path: Path) -> None:
    run(*PIP, "install", *INSTALL[1:], "--target", str(tmp_path / "site"), str(wheel(tmp_path)))
    site = tmp_path / "site"
    there = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    there = {path for path in there if "__pycache__" not in path and path.split("/")[0] == "athena_sense"}
    package = {path for path in (PROJECT / "athena_sense").rglob("*") if path.is_file()}
    expected = {path.relative_to(PROJECT).as_posix() for path in package if "__pycache__" not in path.parts}
    profiles = {f"athena_sense/firmware_profiles/{path.name}" for path in (PROJECT / "firmware_profiles").iterdir()}
    assert there == expected | profiles
    assert {"athena_sense/py.typed", "athena_sense/result.schema.json"} <= there
    tops = {path.name for path in site.iterdir()}
    assert tops <= {"athena_sense", f"athena_sense-{__version__}.dist-info", "bin", "Scripts", "__pycache__"}
