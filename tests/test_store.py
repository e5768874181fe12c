"""What is kept between sets comes back as it was written, and what is wrong with it is told in one line."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from athena_sense import store
from athena_sense.errors import StoreError


class Notes(BaseModel):
    notes: tuple[str, ...] = ()
    share: float = 0.0


def test_nothing_written_is_an_empty_document(home: Path) -> None:
    assert store.read("notes", Notes) == Notes()
    assert not home.exists()


@pytest.mark.parametrize("share", [0.1, 1 / 3, 1e-300])
def test_what_was_written_comes_back(home: Path, share: float) -> None:
    first, second = Notes(notes=("a", "ß"), share=share), Notes(notes=("b",))
    store.write("notes", first)
    assert store.read("notes", Notes) == first
    store.write("notes", second)
    assert store.read("notes", Notes) == second
    assert [path.name for path in home.iterdir()] == ["notes.json"]


@pytest.mark.parametrize("text", ["", "{", '{"share": "much"}', "[]"])
def test_a_damaged_document_is_named(home: Path, text: str) -> None:
    home.mkdir()
    (home / "notes.json").write_text(text)
    with pytest.raises(StoreError, match=r"notes\.json: is damaged.*mend it, or remove it"):
        store.read("notes", Notes)


def test_what_cannot_be_written_is_told(home: Path) -> None:
    home.write_text("a file where the folder should be")
    with pytest.raises(StoreError, match=r"notes\.json: cannot be written"):
        store.write("notes", Notes())


def test_the_users_own_folder_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(store.HOME)
    assert store.folder().name == "athena-sense"
