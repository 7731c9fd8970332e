import json
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


def test_tokens_are_reported_and_biased(engine: locutor.Engine) -> None:
    question, model = "What is the capital of France?", "smollm2-135m-instruct"
    whole = engine.generate(question, logprobs=2, max_tokens=24, model=model)
    assert whole.logprobs is not None
    assert "".join(token.chosen.text for token in whole.logprobs) == whole.text
    for token in whole.logprobs:
        first, second = token.alternatives
        assert first == token.chosen and second.logprob <= first.logprob <= 0
    (paris,) = (token.chosen.token for token in whole.logprobs if token.chosen.text == " Paris")
    banned = engine.generate(question, logit_bias={paris: -100}, max_tokens=24, model=model)
    assert " Paris" not in banned.text and banned.logprobs is None
    drawn = engine.generate(
        question,
        temperature=1.5,
        top_k=1,
        min_p=0.1,
        repetition_penalty=1.0,
        presence_penalty=0.0,
        max_tokens=24,
        model=model,
    )
    assert drawn.text == whole.text


def test_replies_keep_to_a_schema(engine: locutor.Engine) -> None:
    schema = {
        "type": "object",
        "properties": {
            "capital": {"type": "string", "maxLength": 20},
            "rivers": {"type": "array", "items": {"type": "string", "maxLength": 9}, "maxItems": 2},
        },
        "required": ["capital", "rivers"],
        "additionalProperties": False,
    }
    reply = engine.generate("Describe France as JSON.", response_format=schema, max_tokens=100)
    assert reply.finish_reason == "stop"
    france = json.loads(reply.text)
    assert list(france) == ["capital", "rivers"] and len(france["rivers"]) <= 2
    cut = engine.generate("Describe France as JSON.", response_format="json", max_tokens=3)
    assert cut.text.startswith("{") and cut.finish_reason == "length"
    for unusable in ({"type": "strin"}, "xml"):
        with pytest.raises(locutor.InvalidInput) as caught:
            engine.generate("Hello", response_format=unusable)  # type: ignore[arg-type]
        assert caught.value.parameter == "response_format"


def test_unusable_settings_are_named(engine: locutor.Engine) -> None:
    with pytest.raises(locutor.InvalidInput) as caught:
        engine.generate("Hello", frequency_penalty=3)
    assert caught.value.parameter == "frequency_penalty"
    with pytest.raises(locutor.InvalidInput, match="logit_bias"):
        engine.generate("Hello", logit_bias={10_000_000: 1})


def test_a_missing_model_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(locutor.ModelMissing, match="locutor models pull"):
        locutor.Engine(models_dir=tmp_path).embed("hello")
