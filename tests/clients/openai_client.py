"""One case of the official OpenAI client against a Locutor server.

usage: openai_client.py CASE

The client is unchanged and finds the server through OPENAI_BASE_URL and OPENAI_API_KEY, as any
program written for OpenAI would. A case is a function below; it fails by raising.
"""

import array
import base64
import io
import json
import math
import os
import pathlib
import re
import struct
import sys
import time
import typing
import wave

import openai
import pydantic

client = openai.OpenAI(max_retries=0, timeout=300)

KENNEDY = pathlib.Path(__file__).parent.parent / "fixtures" / "audio" / "jfk.wav"
SENTENCE = "The quick brown fox jumps over the lazy dog."


def words(text):
    return re.findall(r"[a-z']+", text.lower())


def speak(text, **options):
    reply = client.audio.speech.create(
        model="tts-1", voice="alloy", input=text, response_format="wav", **options
    )
    return reply.read()


def clip(text=SENTENCE):
    return ("clip.wav", speak(text), "audio/wav")


def assert_heard(text, expected=SENTENCE, share=0.7):
    """Most words of the sentence came back, in order."""
    heard, wanted = words(text), words(expected)
    table = [[0] * (len(wanted) + 1) for _ in range(len(heard) + 1)]
    for i, a in enumerate(heard):
        for j, b in enumerate(wanted):
            table[i + 1][j + 1] = (
                table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
            )
    assert table[-1][-1] >= share * len(wanted), f"heard {text!r}, said {expected!r}"


def expect(error, call, *fragments):
    """The call fails with exactly this class, and its message holds the fragments."""
    try:
        result = call()
    except openai.OpenAIError as raised:
        assert type(raised) is error, f"{type(raised).__name__}: {raised}"
        for fragment in fragments:
            assert fragment in str(raised), f"{fragment!r} is not in {raised}"
        return raised
    raise AssertionError(f"{error.__name__} expected, got {result!r}")


def models():
    listed = {model.id: model for model in client.models.list()}
    for name in ("whisper-base", "all-minilm-l6-v2", "smollm2-135m-instruct", "piper-en-us-joe-medium"):
        assert name in listed, f"{name} not in {sorted(listed)}"
        assert listed[name].object == "model"
    assert "whisper-1" not in listed, "the list holds real names only"
    assert client.models.retrieve("whisper-base").id == "whisper-base"
    expect(openai.NotFoundError, lambda: client.models.retrieve("no-such-model"), "no-such-model")


def transcription_formats():
    file = clip()
    assert_heard(client.audio.transcriptions.create(model="whisper-1", file=file).text)
    text = client.audio.transcriptions.create(model="whisper-base", file=file, response_format="text")
    assert_heard(text)
    assert "{" not in text
    srt = client.audio.transcriptions.create(model="whisper-1", file=file, response_format="srt")
    assert re.match(r"1\r?\n\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}\r?\n\S", srt), srt
    vtt = client.audio.transcriptions.create(model="whisper-1", file=file, response_format="vtt")
    assert vtt.startswith("WEBVTT"), vtt
    assert re.search(r"\d\d:\d\d\.\d{3} --> (\d\d:)?\d\d:\d\d\.\d{3}", vtt), vtt


def transcription_streamed():
    events = list(client.audio.transcriptions.create(model="gpt-4o-transcribe", file=clip(), stream=True))
    *deltas, done = events
    assert deltas and {event.type for event in deltas} == {"transcript.text.delta"}, events
    assert done.type == "transcript.text.done", done
    assert "".join(event.delta for event in deltas) == done.text
    assert_heard(done.text)


def transcription_verbose():
    audio = speak(SENTENCE)
    with wave.open(io.BytesIO(audio)) as reader:
        seconds = reader.getnframes() / reader.getframerate()
    reply = client.audio.transcriptions.create(
        model="whisper-1",
        file=("clip.wav", audio, "audio/wav"),
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
        language="en",
    )
    assert_heard(reply.text)
    assert abs(float(reply.duration) - seconds) < 0.1, (reply.duration, seconds)
    assert reply.language == "english", reply.language
    assert reply.segments and reply.words
    for segment in reply.segments:
        assert 0 <= segment.start <= segment.end <= seconds + 0.5, segment
        assert segment.avg_logprob < 0 and 0 <= segment.no_speech_prob <= 1, segment
        assert segment.compression_ratio > 0 and segment.tokens, segment
    assert_heard(" ".join(word.word for word in reply.words))
    starts = [word.start for word in reply.words]
    assert starts == sorted(starts), starts
    assert all(word.start <= word.end for word in reply.words)
    segments_only = client.audio.transcriptions.create(
        model="whisper-1", file=("clip.wav", audio), response_format="verbose_json"
    )
    assert segments_only.segments and not segments_only.words


def transcription_logprobs():
    # No two voices are alike, so both hear the same.
    audio = clip()
    reply = client.audio.transcriptions.create(model="gpt-4o-transcribe", file=audio, include=["logprobs"])
    assert_heard(reply.text)
    assert "".join(token.token for token in reply.logprobs).strip() == reply.text, reply
    assert all(token.logprob <= 0 for token in reply.logprobs)
    assert all(bytes(int(byte) for byte in token.bytes).decode(errors="replace") == token.token for token in reply.logprobs)
    assert reply.usage.type == "duration" and reply.usage.seconds > 1, reply.usage
    *deltas, done = client.audio.transcriptions.create(
        model="gpt-4o-transcribe", file=audio, include=["logprobs"], stream=True
    )
    assert sum(len(delta.logprobs) for delta in deltas) == len(done.logprobs) == len(reply.logprobs)


def conversation():
    """Two people, one after the other, and both again."""
    kennedy = wave.open(str(KENNEDY))
    rate, frames = kennedy.getframerate(), kennedy.getnframes()
    first, second = kennedy.readframes(frames // 2), kennedy.readframes(frames)
    english = pathlib.Path(os.environ["LOCUTOR_TEST_SPEECH"], "en")
    pause = bytes(rate * 2)
    sound = pause.join([first, samples(english / "quick_brown_fox.wav"), second, samples(english / "counting.wav")])
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as writer:
        writer.setnchannels(1), writer.setsampwidth(2), writer.setframerate(rate)
        writer.writeframes(sound)
    return buffer.getvalue()


def samples(path):
    """Of a file of 32-bit floats, as 16-bit integers."""
    content = path.read_bytes()
    floats = array.array("f", content[content.index(b"data") + 8 :])
    return array.array("h", (int(max(-1.0, min(1.0, value)) * 32_767) for value in floats)).tobytes()


def transcription_diarized():
    audio = ("talk.wav", conversation(), "audio/wav")
    ask = dict(model="gpt-4o-transcribe-diarize", response_format="diarized_json", chunking_strategy="auto")
    reply = client.audio.transcriptions.create(file=audio, **ask)
    speakers = [segment.speaker for segment in reply.segments]
    assert set(speakers) == {"A", "B"} and speakers[0] == "A" and speakers[-1] == "B", reply
    said = {speaker: " ".join(one.text for one in reply.segments if one.speaker == speaker) for speaker in "AB"}
    assert_heard(said["A"], "and so my fellow americans ask not what your country can do for you", 0.3)
    assert "fox" in said["B"], reply
    assert all(one.start < one.end for one in reply.segments)
    sound = "data:audio/wav;base64," + base64.b64encode(KENNEDY.read_bytes()).decode()
    named = client.audio.transcriptions.create(
        file=audio, known_speaker_names=["Kennedy"], known_speaker_references=[sound], **ask
    )
    assert {segment.speaker for segment in named.segments} == {"Kennedy", "B"}, named
    *events, done = client.audio.transcriptions.create(file=audio, stream=True, **ask)
    told = [event for event in events if event.type == "transcript.text.segment"]
    deltas = [event for event in events if event.type == "transcript.text.delta"]
    assert [event.speaker for event in told] == speakers
    assert [event.segment_id for event in deltas] == [event.id for event in told]
    assert done.text == reply.text


def transcription_chunked():
    strategy = {"type": "server_vad", "threshold": 0.6, "silence_duration_ms": 300, "prefix_padding_ms": 200}
    reply = client.audio.transcriptions.create(model="gpt-4o-transcribe", file=clip(), chunking_strategy=strategy)
    assert_heard(reply.text)


def transcription_written():
    plain = client.audio.transcriptions.create(
        model="whisper-1", file=clip(), response_format="text", extra_body={"punctuation": "remove"}
    )
    assert plain.strip() == re.sub(r"[.,?!]", "", plain.strip()).lower(), plain
    reply = client.audio.transcriptions.create(
        model="whisper-1", file=clip(), response_format="verbose_json", extra_body={"profanity": "mask"}
    )
    quality = reply.quality
    assert 0 < quality["confidence"] <= 1 and quality["words"] > 3, quality
    assert 0 < quality["speech_share"] <= 1 and quality["real_time_factor"] > 0, quality
    expect(
        openai.BadRequestError,
        lambda: client.audio.transcriptions.create(model="whisper-1", file=clip(), extra_body={"numbers": "roman"}),
        "roman",
    )


def translation():
    french = pathlib.Path(os.environ["LOCUTOR_TEST_SPEECH"], "fr", "bonjour_monde.wav")
    reply = client.audio.translations.create(model="whisper-1", file=french)
    assert_heard(reply.text, "hello world", 0.5)
    assert not re.search("bonjour", reply.text, re.IGNORECASE), reply.text
    verbose = client.audio.translations.create(
        model="whisper-1", file=french, response_format="verbose_json"
    )
    assert verbose.segments
    same = client.audio.translations.create(model="whisper-1", file=clip())
    assert_heard(same.text)


def speech():
    audio = speak(SENTENCE)
    with wave.open(io.BytesIO(audio)) as reader:
        assert reader.getnchannels() == 1 and reader.getsampwidth() == 2
        seconds = reader.getnframes() / reader.getframerate()
        rate = reader.getframerate()
    assert 1.5 < seconds < 8, seconds
    pcm = client.audio.speech.create(
        model="tts-1", voice="alloy", input=SENTENCE, response_format="pcm"
    ).read()
    samples = struct.unpack(f"<{len(pcm) // 2}h", pcm)
    loudness = math.sqrt(sum(sample * sample for sample in samples) / len(samples))
    assert loudness > 100, loudness
    faster = speak(SENTENCE, speed=2.0)
    with wave.open(io.BytesIO(faster)) as reader:
        assert reader.getnframes() / rate < 0.8 * seconds


def speech_streamed():
    text = " ".join(f"This is sentence number {number}." for number in ("one", "two", "three", "four"))
    pieces = []
    with client.audio.speech.with_streaming_response.create(
        model="tts-1", voice="alloy", input=text, response_format="pcm"
    ) as reply:
        for piece in reply.iter_bytes():
            pieces.append(piece)
    assert len(pieces) > 1, "the sentences came in one piece"
    assert sum(map(len, pieces)) > 4 * 16_000


def norm(vector):
    return math.sqrt(sum(value * value for value in vector))


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def embeddings():
    texts = ["A cat sits on the mat.", "A kitten rests on a rug.", "Shares fell sharply on Monday."]
    model = "text-embedding-3-small"
    floats = client.embeddings.create(model=model, input=texts, encoding_format="float")
    vectors = [item.embedding for item in floats.data]
    assert [item.index for item in floats.data] == [0, 1, 2]
    assert all(len(vector) == 384 and abs(norm(vector) - 1) < 1e-3 for vector in vectors)
    assert dot(vectors[0], vectors[1]) > dot(vectors[0], vectors[2]) + 0.2
    assert floats.usage.prompt_tokens > 10 and floats.usage.total_tokens == floats.usage.prompt_tokens
    # Without a format the client asks for base64 and decodes it itself.
    decoded = client.embeddings.create(model=model, input=texts[0]).data[0].embedding
    assert max(abs(a - b) for a, b in zip(decoded, vectors[0])) < 1e-5
    raw = client.embeddings.create(model=model, input=texts[0], encoding_format="base64")
    assert len(base64.b64decode(raw.data[0].embedding)) == 384 * 4


def embeddings_of_tokens():
    model = "all-minilm-l6-v2"
    # "hello world" in the vocabulary of BERT.
    tokens = client.embeddings.create(model=model, input=[7592, 2088], encoding_format="float")
    batch = client.embeddings.create(model=model, input=[[7592, 2088]], encoding_format="float")
    text = client.embeddings.create(model=model, input="hello world", encoding_format="float")
    for reply in (tokens, batch):
        assert dot(reply.data[0].embedding, text.data[0].embedding) > 0.999
    expect(openai.BadRequestError, lambda: client.embeddings.create(model=model, input=[999_999]), "999999")


def chat():
    messages = [{"role": "user", "content": "What is the capital of France?"}]
    options = {"model": "gpt-4o-mini", "messages": messages, "max_tokens": 24, "temperature": 0, "seed": 7}
    reply = client.chat.completions.create(**options)
    assert reply.object == "chat.completion" and reply.id
    choice = reply.choices[0]
    assert choice.message.role == "assistant"
    assert "paris" in choice.message.content.lower(), choice.message.content
    assert choice.finish_reason in ("stop", "length")
    assert reply.usage.completion_tokens <= 24
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens
    again = client.chat.completions.create(**options)
    assert again.choices[0].message.content == choice.message.content
    short = client.chat.completions.create(**{**options, "max_tokens": 2})
    assert short.choices[0].finish_reason == "length"
    assert short.usage.completion_tokens == 2
    word = choice.message.content.split()[-1]
    stopped = client.chat.completions.create(**options, stop=[word])
    assert word not in stopped.choices[0].message.content
    assert stopped.choices[0].finish_reason == "stop"


def chat_streamed():
    options = {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": "Name three colours of the rainbow."}],
        "max_tokens": 32,
        "temperature": 0,
    }
    whole = client.chat.completions.create(**options).choices[0].message.content
    chunks = list(
        client.chat.completions.create(**options, stream=True, stream_options={"include_usage": True})
    )
    assert all(chunk.object == "chat.completion.chunk" for chunk in chunks)
    assert len({chunk.id for chunk in chunks}) == 1
    *spoken, last = chunks
    assert last.usage.completion_tokens > 0 and last.choices == []
    assert spoken[0].choices[0].delta.role == "assistant"
    assert spoken[-1].choices[0].finish_reason in ("stop", "length")
    text = "".join(chunk.choices[0].delta.content or "" for chunk in spoken)
    assert text == whole, (text, whole)
    assert sum(bool(chunk.choices[0].delta.content) for chunk in spoken) > 3


FRANCE = {
    "model": "smollm2-135m-instruct",
    "messages": [{"role": "user", "content": "What is the capital of France?"}],
    "max_tokens": 24,
    "temperature": 0,
}


def assert_tokens_of(text, tokens, alternatives):
    """The tokens make up the text, each was the likeliest, and its alternatives come with it."""
    assert b"".join(bytes(token.bytes) for token in tokens).decode() == text, (tokens, text)
    for token in tokens:
        assert -9999 <= token.logprob <= 0, token
        assert bytes(int(byte) for byte in token.bytes).decode(errors="replace") == token.token, token
        assert len(token.top_logprobs) == alternatives, token
        ranked = [alternative.logprob for alternative in token.top_logprobs]
        assert ranked == sorted(ranked, reverse=True), token
        assert sum(map(math.exp, ranked)) < 1.001, token
        if ranked:
            best = token.top_logprobs[0]
            assert (best.token, best.logprob) == (token.token, token.logprob), token


def chat_logprobs():
    create = client.chat.completions.create
    choice = create(**FRANCE, logprobs=True, top_logprobs=3).choices[0]
    text = choice.message.content
    assert_tokens_of(text, choice.logprobs.content, 3)
    assert " Paris" in [token.token for token in choice.logprobs.content]
    alone = create(**FRANCE, logprobs=True).choices[0]
    assert_tokens_of(text, alone.logprobs.content, 0)
    chunks = list(create(**FRANCE, logprobs=True, top_logprobs=3, stream=True))
    streamed = [
        token
        for chunk in chunks
        if chunk.choices[0].logprobs
        for token in chunk.choices[0].logprobs.content
    ]
    assert streamed == choice.logprobs.content
    assert create(**FRANCE).choices[0].logprobs is None
    stopped = create(**FRANCE, logprobs=True, stop=[" is Paris"]).choices[0]
    assert_tokens_of(stopped.message.content, stopped.logprobs.content, 0)
    expect(openai.BadRequestError, lambda: create(**FRANCE, top_logprobs=2), "logprobs")
    expect(
        openai.BadRequestError,
        lambda: create(**FRANCE, logprobs=True, extra_body={"retrieval": {}}),
        "retrieval",
    )


def chat_sampling():
    def write(**options):
        return client.chat.completions.create(**{**FRANCE, **options}).choices[0].message.content

    plain = write()
    assert " Paris" in plain, plain
    paris = "7042"  # " Paris" in the vocabulary of SmolLM2
    assert " Paris" not in write(logit_bias={paris: -100})
    assert write(logit_bias={paris: 100}, max_tokens=3) == " Paris" * 3
    varied = write(logit_bias={paris: 30}, presence_penalty=2, frequency_penalty=2)
    assert varied != " Paris" * 24, varied
    warm = {"temperature": 1.5, "seed": 3}
    assert write(**warm, extra_body={"top_k": 1}) == plain
    assert write(**warm, extra_body={"min_p": 1}) == plain
    narrow = {**warm, "extra_body": {"top_k": 20, "min_p": 0.1, "repetition_penalty": 1.2}}
    assert write(**narrow) == write(**narrow)
    expect(openai.BadRequestError, lambda: write(presence_penalty=3), "presence_penalty")
    expect(openai.BadRequestError, lambda: write(logit_bias={"7": 101}), "logit_bias")


class City(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")

    name: str = pydantic.Field(max_length=20)
    country: str = pydantic.Field(max_length=20)
    inhabitants: int = pydantic.Field(ge=1, le=40_000_000)
    rivers: list[str] = pydantic.Field(max_length=2)
    kind: typing.Literal["capital", "other"]


def chat_structured():
    user = [{"role": "user", "content": "Describe Paris, the capital of France, as JSON."}]
    options = {"model": "gpt-4o-mini", "messages": user, "max_tokens": 200, "temperature": 0}
    choice = client.chat.completions.parse(**options, response_format=City).choices[0]
    city = choice.message.parsed
    assert (city.name, city.country.lower()) == ("Paris", "france"), city
    assert choice.finish_reason == "stop"

    with client.chat.completions.stream(**options, response_format=City) as stream:
        events = list(stream)
        assert stream.get_final_completion().choices[0].message.parsed == city
    assert sum(event.type == "content.delta" for event in events) > 3

    def write(form, **changes):
        reply = client.chat.completions.create(**{**options, **changes}, response_format=form)
        return reply.choices[0]

    def schema(schema):
        return {"type": "json_schema", "json_schema": {"name": "form", "schema": schema}}

    free = write({"type": "json_object"}, max_tokens=400)
    assert free.message.content.startswith("{")
    assert free.finish_reason == "length" or isinstance(json.loads(free.message.content), dict)
    warm = write(schema({"type": "array", "items": {"type": "integer"}, "maxItems": 3}), temperature=2, seed=5)
    numbers = json.loads(warm.message.content)
    assert len(numbers) <= 3 and all(isinstance(number, int) for number in numbers), numbers
    assert write(schema({"const": "<|im_end|> é"})).message.content == '"<|im_end|> é"'

    def refused(form, *fragments, **changes):
        error = expect(openai.BadRequestError, lambda: write(form, **changes), *fragments)
        assert error.param.startswith("response_format"), error.param

    refused({"type": "xml"}, "json_schema")
    refused(schema({"type": "strin"}), "strin")
    refused(schema({"type": "string", "maxLength": 10**12}), "maxLength")
    refused(schema({"allOf": [{"type": "string", "pattern": f".*a.{{{n}}}b"} for n in range(30)]}), "pattern")
    refused({"type": "json_object"}, "retrieval", extra_body={"retrieval": {}})


MAYOR = "The mayor of Quorlem is Ada Vonwick. Quorlem has three bridges and one old mill."
QUESTION = [{"role": "user", "content": "Who is the mayor of Quorlem?"}]


def add_document(title, text):
    reply = client.post(
        str(client.base_url.join("/documents?wait=true")), cast_to=dict, body={"title": title, "text": text}
    )
    return reply["id"]


def retrieval():
    document = add_document("Quorlem", MAYOR)
    options = {"model": "gpt-4o-mini", "temperature": 0, "max_tokens": 64}
    for _ in range(100):
        reply = client.chat.completions.create(
            messages=QUESTION, extra_body={"retrieval": {"limit": 3}}, **options
        )
        if reply.retrieval["passages"]:
            break
        time.sleep(0.1)
    content, found = reply.choices[0].message.content, reply.retrieval
    assert "Vonwick" in content, content
    assert any(passage["document"] == document for passage in found["passages"]), found
    assert any("Vonwick" in citation["quote"] for citation in found["citations"]), found
    assert found["grounding"]["verdict"] in ("grounded", "quoted"), found
    citation = found["citations"][0]
    assert 0 <= citation["start"] < citation["end"] <= len(MAYOR.encode()), citation
    assert reply.choices[0].finish_reason in ("stop", "length")
    unknown = client.chat.completions.create(
        messages=[{"role": "user", "content": "What is the boiling point of tungsten?"}],
        extra_body={"retrieval": {}},
        **options,
    )
    assert unknown.retrieval["grounding"]["verdict"] == "not_answered", unknown.retrieval
    assert not re.search(r"\d", unknown.choices[0].message.content), unknown.choices[0].message.content
    plain = client.chat.completions.create(messages=QUESTION, **options)
    assert getattr(plain, "retrieval", None) is None


def retrieval_streamed():
    add_document("Quorlem", MAYOR)
    chunks = list(
        client.chat.completions.create(
            model="gpt-4o-mini",
            messages=QUESTION,
            temperature=0,
            stream=True,
            extra_body={"retrieval": {"limit": 3}},
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert "Vonwick" in text, text
    verdicts = [
        chunk.retrieval["grounding"]["verdict"]
        for chunk in chunks
        if getattr(chunk, "retrieval", None) and "grounding" in chunk.retrieval
    ]
    assert verdicts and verdicts[-1] in ("grounded", "quoted"), verdicts


def errors():
    wrong = openai.OpenAI(api_key="lk-wrong", max_retries=0)
    expect(openai.AuthenticationError, lambda: wrong.models.list())
    user = [{"role": "user", "content": "Hello"}]
    create = client.chat.completions.create
    expect(openai.NotFoundError, lambda: create(model="no-such-model", messages=user), "no-such-model")
    error = expect(openai.BadRequestError, lambda: create(model="gpt-4o-mini", messages=[]), "messages")
    assert error.param == "messages" and error.type == "invalid_request_error", error.body
    expect(
        openai.BadRequestError,
        lambda: create(model="gpt-4o-mini", messages=user, temperature=9),
        "temperature",
    )
    expect(
        openai.BadRequestError,
        lambda: client.audio.speech.create(model="tts-1", voice="nobody", input="Hello"),
        "nobody",
    )
    expect(
        openai.BadRequestError,
        lambda: client.audio.transcriptions.create(model="whisper-1", file=("x.wav", b"no audio")),
    )
    expect(
        openai.BadRequestError,
        lambda: client.audio.transcriptions.create(model="whisper-1", file=clip(), language="xx"),
        "language",
    )


CASES = {
    case.__name__: case
    for case in (
        models,
        transcription_formats,
        transcription_streamed,
        transcription_verbose,
        transcription_logprobs,
        transcription_diarized,
        transcription_chunked,
        transcription_written,
        translation,
        speech,
        speech_streamed,
        embeddings,
        embeddings_of_tokens,
        chat,
        chat_streamed,
        chat_logprobs,
        chat_sampling,
        chat_structured,
        retrieval,
        retrieval_streamed,
        errors,
    )
}

if __name__ == "__main__":
    CASES[sys.argv[1]]()
