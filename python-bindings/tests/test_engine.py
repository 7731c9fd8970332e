import math
from pathlib import Path

import pytest

import locutor


def test_embeddings_are_unit_vectors_and_near_for_near_texts(engine: locutor.Engine) -> None:
    cat, kitten, invoice = engine.embed(["a cat", "a kitten", "an unpaid invoice"])
    assert math.isclose(sum(value * value for value in cat.vector), 1.0, abs_tol=1e-3)

    def near(left: locutor.Embedding, right: locutor.Embedding) -> float:
        return sum(a * b for a, b in zip(left.vector, right.vector))

    assert near(cat, kitten) > near(cat, invoice) + 0.2
    assert engine.embed("a cat")[0].vector == pytest.approx(cat.vector, abs=1e-4)


def test_generation_streams_what_it_returns(engine: locutor.Engine) -> None:
    with engine.generate_stream("Name a colour.", max_tokens=12) as stream:
        pieces = list(stream)
        whole = stream.result()
    assert pieces and "".join(pieces) == whole.text
    assert 0 < whole.completion_tokens <= 12
    assert whole.finish_reason in ("stop", "length")


def test_a_missing_model_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(locutor.ModelMissing, match="locutor models pull"):
        locutor.Engine(models_dir=tmp_path).embed("hello")
