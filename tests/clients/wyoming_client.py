"""Cases of the Wyoming protocol with the client that Home Assistant uses.

usage: wyoming_client.py CASE; WYOMING_PORT, LOCUTOR_SPEECH
"""

import asyncio
import os
import sys
import wave

from wyoming.asr import Transcribe, Transcript, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
    SynthesizeVoice,
)

PORT = int(os.environ["WYOMING_PORT"])
# Of "ask not" the live decoder may make "asked not".
WORDS = "what your country can do for you"


def connect():
    return AsyncTcpClient("127.0.0.1", PORT)


async def read(client, *kinds):
    """The next event, which must be of one of these kinds."""
    event = await asyncio.wait_for(client.read_event(), 180)
    assert event is not None, "the connection was closed"
    for kind in kinds:
        if kind.is_type(event.type):
            return kind.from_event(event)
    raise AssertionError(f"{event} is none of {kinds}")


async def send_speech(client, begin=True):
    with wave.open(os.environ["LOCUTOR_SPEECH"]) as speech:
        form = {"rate": speech.getframerate(), "width": 2, "channels": speech.getnchannels()}
        assert speech.getsampwidth() == 2
        if begin:
            await client.write_event(AudioStart(**form).event())
        while samples := speech.readframes(1024):
            await client.write_event(AudioChunk(audio=samples, **form).event())
    await client.write_event(AudioStop().event())


async def read_transcript(client):
    """The pieces and the whole."""
    await read(client, TranscriptStart)
    pieces = []
    while not isinstance(piece := await read(client, TranscriptChunk, Transcript), Transcript):
        pieces.append(piece.text)
    await read(client, TranscriptStop)
    return pieces, piece


def plain(text):
    return "".join(letter for letter in text.lower() if letter.isalpha() or letter == " ")


async def describe():
    async with connect() as client:
        await client.write_event(Describe().event())
        info = await read(client, Info)
        (hearing,), (speaking,) = info.asr, info.tts
        assert hearing.supports_transcript_streaming and speaking.supports_synthesize_streaming
        models = {model.name: model.languages for model in hearing.models}
        assert "pt" in models["whisper-base"] and models["whisper-tiny.en"] == ["en"], models
        assert [voice.languages for voice in speaking.voices] == [["en_US"]], speaking.voices
        await client.write_event(Ping(text="there?").event())
        assert (await read(client, Pong)).text == "there?"


async def hearing():
    async with connect() as client:
        for asked in (Transcribe(language="en"), Transcribe(name="whisper-tiny.en", transcript_names=["Kennedy"])):
            await client.write_event(asked.event())
            await send_speech(client)
            pieces, whole = await read_transcript(client)
            assert WORDS in plain(whole.text), whole
            assert plain("".join(pieces)).strip() == plain(whole.text), (pieces, whole)
            assert whole.language == "en", whole
        # Samples without a word about them.
        await send_speech(client, begin=False)
        _, whole = await read_transcript(client)
        assert WORDS in plain(whole.text), whole


async def silence():
    async with connect() as client:
        await client.write_event(AudioStart(rate=22050, width=2, channels=2).event())
        chunk = AudioChunk(rate=22050, width=2, channels=2, audio=bytes(22050))
        for _ in range(8):
            await client.write_event(chunk.event())
        await client.write_event(AudioStop().event())
        pieces, whole = await read_transcript(client)
        assert (pieces, whole.text) == ([], ""), (pieces, whole)


async def read_audio(client):
    start = await read(client, AudioStart)
    samples = b""
    while isinstance(piece := await read(client, AudioChunk, AudioStop), AudioChunk):
        assert (piece.rate, piece.width, piece.channels) == (start.rate, 2, 1)
        samples += piece.audio
    assert any(samples), "nothing but silence"
    return len(samples) / 2 / start.rate


async def speaking():
    async with connect() as client:
        await client.write_event(Synthesize(text="The lamp in the kitchen is on.").event())
        assert 1 < await read_audio(client) < 6
        voice = SynthesizeVoice(name="nobody")
        await client.write_event(SynthesizeStart(voice=voice).event())
        for piece in ("The lamp is", " on. The door is shut", ". And it is warm"):
            await client.write_event(SynthesizeChunk(text=piece).event())
        # For servers that know no pieces.
        await client.write_event(Synthesize(text="ignored", voice=voice).event())
        await client.write_event(SynthesizeStop().event())
        spoken = [await read_audio(client) for _ in range(3)]
        assert all(0.4 < seconds < 4 for seconds in spoken), spoken
        await read(client, SynthesizeStopped)


async def closed(client):
    """Whoever waits for an answer that will not come must not wait."""
    assert await asyncio.wait_for(client.read_event(), 30) is None


async def refused():
    start = AudioStart(rate=16000, width=2, channels=1)
    odd = AudioStart(rate=16000, width=4, channels=1)
    for events, words in [
        ([Transcribe(name="nobody"), start], "nobody"),
        ([odd], "16 bits"),
        ([Synthesize(text="a" * 5000)], "limits.speech_characters"),
        ([Synthesize(text="<speak>a</speak>", text_format="ssml")], "plain text"),
    ]:
        async with connect() as client:
            for event in events:
                await client.write_event(event.event())
            assert words in (await read(client, Error)).text, words
            await closed(client)
    # Nothing to say is no mistake, and neither is a line of dashes among sentences.
    async with connect() as client:
        await client.write_event(Synthesize(text="...").event())
        await read(client, AudioStart)
        await read(client, AudioStop)
        await client.write_event(SynthesizeStart().event())
        for piece in ("It goes on.\n\n---\n\n", "And on.\n\n", "..."):
            await client.write_event(SynthesizeChunk(text=piece).event())
        await client.write_event(SynthesizeStop().event())
        await read_audio(client)
        await read_audio(client)
        await read(client, SynthesizeStopped)
    for garbage in (b"GET / HTTP/1.1\r\n\r\n", b'{"type":"a","payload_length":99999999}\n', b"x" * 400_000):
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        writer.write(garbage)
        reply = await asyncio.wait_for(reader.read(), 30)
        assert b"malformed_message" in reply, (garbage[:40], reply)
        writer.close()


async def vanishing():
    """Clients that are gone in the middle leave their places to others."""
    for number in range(6):
        client = connect()
        await client.connect()
        await client.write_event(Transcribe().event())
        await client.write_event(AudioStart(rate=16000, width=2, channels=1).event())
        await client.write_event(AudioChunk(rate=16000, width=2, channels=1, audio=bytes(3200)).event())
        await read(client, TranscriptStart)
        await client.disconnect()
        for _ in range(50):
            async with connect() as other:
                await other.write_event(AudioStart(rate=16000, width=2, channels=1).event())
                answer = await read(other, TranscriptStart, Error)
            if isinstance(answer, TranscriptStart):
                break
            await asyncio.sleep(0.1)
        assert isinstance(answer, TranscriptStart), (number, answer)


asyncio.run(globals()[sys.argv[1]]())
