"""Speaks to a server's /v1/realtime with OpenAI's own client: one case for each argument.

usage: realtime_client.py CASE

  OPENAI_BASE_URL, OPENAI_API_KEY   the server and the key
  LOCUTOR_PID                       the server's process
  LOCUTOR_SPEECH                    a WAV file, 16 kHz, 16 bits, mono, with the words of WORDS
"""

import array
import asyncio
import base64
import difflib
import os
import signal
import sys
import time
import wave

import requests
from openai import AuthenticationError, BadRequestError, OpenAI
from websockets.asyncio.client import connect as connect_plainly
from websockets.exceptions import ConnectionClosed

WORDS = "and so my fellow americans ask not what your country can do for you ask what you can do for your country"
PATIENCE = 120


def recording():
    """The samples at 24 kHz, as the API has them: two of three are between two of the file's."""
    with wave.open(os.environ["LOCUTOR_SPEECH"]) as file:
        samples = array.array("h", file.readframes(file.getnframes()))
    made = array.array("h")
    for index in range(0, len(samples) - 2, 2):
        one, two, three = samples[index : index + 3]
        made.extend([one, (one + 2 * two) // 3, (2 * two + three) // 3])
    return made.tobytes()


def mu_law(sample):
    """ITU-T G.711."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 0x84
    exponent = max(magnitude.bit_length() - 8, 0)
    return ~(sign | exponent << 4 | (magnitude >> (exponent + 3)) & 15) & 0xFF


def plain(text):
    return " ".join("".join(filter(str.isalnum, word)) for word in text.lower().split())


def alike(said, heard):
    """Whether the words are the same but for one or two: how well a machine hears live depends on its load."""
    matcher = difflib.SequenceMatcher(None, said.split(), heard.split())
    return matcher.ratio() > 0.85


def append(connection, data, size):
    for start in range(0, len(data), size):
        audio = base64.b64encode(data[start : start + size]).decode()
        connection.input_audio_buffer.append(audio=audio)


def until(connection, wanted, count=1):
    """Events until so many of this type came."""
    found = []
    while sum(event.type == wanted for event in found) < count:
        found.append(connection.recv())
        assert found[-1].type != "error" or wanted == "error", found[-1]
    return found


COMPLETED = "conversation.item.input_audio_transcription.completed"


def spoken():
    client = OpenAI()
    with client.realtime.connect(model="whisper-1") as connection:
        created = connection.recv()
        assert created.type == "session.created" and created.session.type == "transcription", created
        connection.session.update(
            session={
                "type": "transcription",
                "audio": {"input": {"transcription": {"model": "whisper-1", "language": "en"}}},
            }
        )
        updated = connection.recv()
        assert updated.type == "session.updated", updated
        assert updated.session.audio.input.transcription.language == "en", updated
        append(connection, recording(), 4800)
        connection.input_audio_buffer.commit()
        found = until(connection, COMPLETED, 3)
    kinds = [event.type for event in found]
    assert kinds[0] == "input_audio_buffer.speech_started", kinds
    done = [event for event in found if event.type == COMPLETED]
    text = plain(" ".join(event.transcript for event in done))
    assert alike(WORDS[: WORDS.index("for you") + 7], text), text
    for event in done:
        deltas = [
            other.delta
            for other in found
            if other.type == "conversation.item.input_audio_transcription.delta" and other.item_id == event.item_id
        ]
        assert "".join(deltas) == event.transcript, (deltas, event)
        assert event.usage.seconds > 0
    committed = [event for event in found if event.type == "input_audio_buffer.committed"]
    for before, after in zip(committed, committed[1:]):
        assert after.previous_item_id == before.item_id


def by_hand():
    client = OpenAI()
    with client.realtime.connect(model="whisper-1") as connection:
        connection.recv()
        connection.session.update(
            session={
                "type": "transcription",
                "audio": {
                    "input": {
                        "format": {"type": "audio/pcmu"},
                        "transcription": {"model": "whisper-1", "language": "en"},
                        "turn_detection": None,
                    }
                },
            }
        )
        assert connection.recv().session.audio.input.turn_detection is None
        with wave.open(os.environ["LOCUTOR_SPEECH"]) as file:
            samples = array.array("h", file.readframes(file.getnframes()))
        append(connection, bytes(mu_law(sample) for sample in samples[::2]), 8000)
        connection.input_audio_buffer.commit()
        found = until(connection, COMPLETED)
        assert alike(WORDS, plain(found[-1].transcript)), found[-1]
        # What was cleared is not transcribed, and nothing is no utterance.
        append(connection, bytes(8000), 8000)
        connection.input_audio_buffer.clear()
        connection.input_audio_buffer.commit()
        error = until(connection, "error")[-1].error
        assert error.code == "input_audio_buffer_commit_empty", error


def closing(connection):
    """All events until the server closes, and the code that it closes with."""
    found = []
    try:
        while True:
            found.append(connection.recv())
    except ConnectionClosed as closed:
        return found, closed.rcvd.code


def manual(connection):
    """The client says what an utterance is."""
    connection.recv()
    transcription = {"model": "whisper-1", "language": "en"}
    wanted = {"type": "transcription", "audio": {"input": {"transcription": transcription, "turn_detection": None}}}
    connection.session.update(session=wanted)
    until(connection, "session.updated")


def stopping():
    """What was appended and not committed is heard when the server stops."""
    with OpenAI().realtime.connect(model="whisper-1") as connection:
        manual(connection)
        append(connection, recording(), 48_000)
        time.sleep(2)
        os.kill(int(os.environ["LOCUTOR_PID"]), signal.SIGTERM)
        found, code = closing(connection)
    assert code == 1012, (code, found)
    assert found[-1].type == COMPLETED and alike(WORDS, plain(found[-1].transcript)), found


def revoked():
    """A session ends with its key, and says so."""
    keys = os.environ["OPENAI_BASE_URL"].removesuffix("/v1") + "/auth/api-keys"
    manager = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}
    key = requests.post(keys, json={"name": "a device", "scopes": ["engine:use"]}, headers=manager).json()
    with OpenAI(api_key=key["key"]).realtime.connect(model="whisper-1") as connection:
        manual(connection)
        assert requests.delete(f"{keys}/{key['id']}", headers=manager).ok
        found, code = closing(connection)
    assert code == 1008, (code, found)
    assert [event.type for event in found] == ["error"] and found[0].error.code == "invalid_api_key", found


def refused():
    client = OpenAI()
    with client.realtime.connect(model="whisper-1") as connection:
        connection.recv()
        connection.send({"type": "response.create", "event_id": "mine"})
        error = until(connection, "error")[-1].error
        assert error.event_id == "mine" and "response.create" in error.message, error
        connection.input_audio_buffer.append(audio="!!!")
        error = until(connection, "error")[-1].error
        assert error.param == "audio", error
        connection.send_raw("not JSON")
        until(connection, "error")
        connection.session.update(session={"type": "transcription", "audio": {"input": {"format": {"type": "audio/mp3"}}}})
        until(connection, "error")
        # It still listens.
        connection.session.update(session={"type": "transcription"})
        until(connection, "session.updated")


def browser():
    """Without headers, as scripts of pages must; and with a wrong key."""
    address = os.environ["OPENAI_BASE_URL"].replace("http", "ws", 1) + "/realtime?intent=transcription"

    async def begin(key):
        protocols = ["realtime", f"openai-insecure-api-key.{key}"]
        async with connect_plainly(address, subprotocols=protocols) as connection:
            assert connection.subprotocol == "realtime"
            return await asyncio.wait_for(connection.recv(), PATIENCE)

    assert "session.created" in asyncio.run(begin(os.environ["OPENAI_API_KEY"]))
    try:
        asyncio.run(begin("loc_wrong"))
    except Exception as error:
        assert "401" in str(error), error
    else:
        raise AssertionError("a wrong key opened it")


def secrets():
    """A secret opens the session that it was made for, nothing else, and ends with its key."""
    keys = os.environ["OPENAI_BASE_URL"].removesuffix("/v1") + "/auth/api-keys"
    manager = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}
    key = requests.post(keys, json={"name": "a page", "scopes": ["engine:use"]}, headers=manager).json()
    maker = OpenAI(api_key=key["key"])
    wanted = {
        "type": "transcription",
        "audio": {"input": {"transcription": {"model": "whisper-1", "language": "en"}, "turn_detection": None}},
    }
    made = maker.realtime.client_secrets.create(
        expires_after={"anchor": "created_at", "seconds": 60}, session=wanted
    )
    assert made.value.startswith("ek_") and 50 < made.expires_at - time.time() < 70, made
    assert made.session.audio.input.transcription.language == "en", made
    page = OpenAI(api_key=made.value)

    def open_session():
        with page.realtime.connect() as connection:
            return connection.recv().session

    shown = open_session()
    assert shown.audio.input.transcription.language == "en" and shown.audio.input.turn_detection is None, shown
    for route in (page.models.list, lambda: page.realtime.client_secrets.create()):
        try:
            route()
        except AuthenticationError:
            continue
        raise AssertionError("a secret opened another route")
    older = maker.post(
        "/realtime/transcription_sessions",
        cast_to=object,
        body={"input_audio_format": "g711_ulaw", "turn_detection": None},
    )
    assert older["object"] == "realtime.transcription_session", older
    page = OpenAI(api_key=older["client_secret"]["value"])
    assert open_session().audio.input.format.type == "audio/pcmu"
    for wrong in ({"type": "realtime"}, {"audio": {"input": {"format": {"type": "audio/mp3"}}}}):
        try:
            maker.realtime.client_secrets.create(session=wrong)
        except BadRequestError:
            continue
        raise AssertionError(f"{wrong} was taken")
    assert requests.delete(f"{keys}/{key['id']}", headers=manager).ok
    try:
        open_session()
    except Exception as error:
        assert "401" in str(error), error
    else:
        raise AssertionError("the secret of a revoked key opened a session")


CASES = {case.__name__: case for case in [spoken, by_hand, refused, browser, secrets, stopping, revoked]}
CASES[sys.argv[1]]()
