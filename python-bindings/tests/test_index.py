import json
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

import locutor
from conftest import NOTES


def test_a_file_is_added_found_and_removed(index: locutor.Index, tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    document = index.add(str(path))
    assert document.title == "Notes of the harbour – für Gäste"
    assert document.chunks == index.count() == 2, "adding it again replaced it"
    found = index.search("What does a berth cost?", limit=1)
    assert len(found) == 1 and "24 euros" in found[0].text
    passage = found[0]
    assert passage.document == document.id and passage.title == document.title
    assert NOTES.encode()[passage.start : passage.end].decode() == passage.text
    json.dumps(passage.to_dict())
    assert index.remove(path)
    assert not index.remove(document.id), "it is gone already"
    assert index.count() == 0 and index.search("What does a berth cost?") == []


def test_the_same_source_replaces_and_another_does_not(index: locutor.Index) -> None:
    before = index.count()
    first = index.add_text("Bread needs flour and water.", id="bread")
    again = index.add_text("Bread needs flour, water and salt.", id="bread", title="Bread")
    assert again == locutor.Document(id=first.id, title="Bread", chunks=1)
    nameless = index.add_text("Soup needs water.")
    assert index.add_text("Soup needs water.").id == nameless.id
    assert index.add_text("Soup needs much water.").id != nameless.id
    assert index.count() == before + 3
    own = uuid.uuid4()
    assert index.add_text("Tea needs hot water.", id=own).id == str(own)
    assert index.remove("bread") and index.remove(own)
    assert "salt" not in index.search("What does bread need?", limit=1)[0].text
    index.clear()
    assert index.count() == 0


def test_tags_and_documents_restrict(index: locutor.Index, tmp_path: Path) -> None:
    index.add_text("A berth was free in May.", id="diary", tags="diary")
    index.add_text("A berth was full in June.", id="june", tags=["diary", "june"])
    question = "Was there a berth?"
    assert len(index.search(question)) == 4
    assert {hit.title for hit in index.search(question, tags="diary")} == {
        "A berth was free in May.",
        "A berth was full in June.",
    }
    assert [hit.tags for hit in index.search(question, tags=["june"])] == [["diary", "june"]]
    only = index.search(question, documents=[tmp_path / "notes.md", "diary"])
    assert len(only) == 3 and "June" not in str(only)
    assert index.search(question, documents="no-such-document") == []


def test_markup_is_read_as_what_it_is(index: locutor.Index) -> None:
    page = "<title>Tide</title><h1>Tides</h1><p>High tide is at <b>noon</b>.</p>"
    assert index.add_text(page, format="html", id="tide").title == "Tides"
    assert index.search("When is high tide?", limit=1)[0].text == "High tide is at noon."
    with pytest.raises(locutor.InvalidInput) as caught:
        index.add_text("x", format="pdf")  # type: ignore[arg-type]
    assert caught.value.parameter == "format"


def test_what_cannot_be_added_or_asked_is_refused(index: locutor.Index, tmp_path: Path) -> None:
    with pytest.raises(locutor.FileError, match="absent.md"):
        index.add(tmp_path / "absent.md")
    (tmp_path / "latin1.txt").write_bytes(b"caf\xe9")
    with pytest.raises(locutor.InvalidInput, match=r"byte 3 .*latin1\.txt"):
        index.add(tmp_path / "latin1.txt")
    with pytest.raises(locutor.InvalidInput, match="no word"):
        index.add_text(" ?! ")
    with pytest.raises(locutor.InvalidInput, match="title"):
        index.add_text("word", title=" ")
    with pytest.raises(locutor.InvalidInput, match="question: is blank"):
        index.search("  ")
    with pytest.raises(locutor.InvalidInput) as caught:
        index.search("berth", limit=0)
    assert caught.value.parameter == "limit"


def test_it_is_there_after_reopening(engine: locutor.Engine, tmp_path: Path) -> None:
    with engine.open_index(tmp_path) as index:
        index.add_text("The harbour opens at nine.")
        same = engine.open_index(str(tmp_path))
        assert same.count() == 1, "as when a cell of a notebook runs twice"
    with pytest.raises(locutor.InvalidInput, match="closed"):
        index.count()
    assert same.count() == 1
    same.close()
    same.close()
    assert engine.open_index(tmp_path).count() == 1


def test_another_process_is_told_who_has_the_folder(
    index: locutor.Index, tmp_path: Path
) -> None:
    program = """
import sys, locutor
try:
    locutor.Engine().open_index(sys.argv[1])
except locutor.StoreError as error:
    print(error)
"""
    folder = str(tmp_path / "index")
    child = subprocess.run(
        [sys.executable, "-c", program, folder], capture_output=True, text=True, timeout=60
    )
    assert folder in child.stdout and "is open already" in child.stdout, child.stderr
