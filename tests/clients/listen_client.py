"""Speaks to a server's /v1/listen with a WebSocket client of others: one case for each argument.

usage: listen_client.py CASE

  LOCUTOR_URL     where the server listens, with two places for streams, which looks at permissions every second
  LOCUTOR_KEY     the API key to use
  LOCUTOR_PID     the server's process
  LOCUTOR_SPEECH  a WAV file, 16 kHz, 16 bits, mono, with the words of WORDS
"""

import difflib
import json
import os
import signal
import sys
import time
import wave

import requests
import websocket

WORDS = (
    "and so my fellow americans ask not what your country can do for you ask what you can do for your country"
)
ADDRESS = os.environ["LOCUTOR_URL"].replace("http", "ws", 1) + "/v1/listen"
KEY = os.environ["LOCUTOR_KEY"]


def samples():
    with wave.open(os.environ["LOCUTOR_SPEECH"]) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (16000, 2, 1)
        return file.readframes(file.getnframes())


def connect(query="", key=KEY):
    header = [f"Authorization: Bearer {key}"] if key else []
    return websocket.create_connection(ADDRESS + query, header=header, timeout=120)


def new_key():
    """A key of its own, and what revokes it."""
    keys = os.environ["LOCUTOR_URL"] + "/auth/api-keys"
    manager = {"Authorization": f"Bearer {KEY}"}
    made = requests.post(keys, json={"name": "a device", "scopes": ["engine:use"]}, headers=manager).json()

    def revoke():
        assert requests.delete(f"{keys}/{made['id']}", headers=manager).ok

    return made["key"], revoke


def refusal(query="", key=KEY):
    """The status with which a connection is refused."""
    try:
        connect(query, key).close()
    except websocket.WebSocketBadStatusException as error:
        return error.status_code
    return None


def events(connection):
    """All events until the server closes, and the code that it closes with."""
    found = []
    while True:
        opcode, data = connection.recv_data()
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            return found, int.from_bytes(data[:2], "big")
        found.append(json.loads(data))


def hear(size, query="?language=en"):
    connection = connect(query)
    data = samples()
    for start in range(0, len(data), size):
        connection.send_binary(data[start : start + size])
    connection.send(json.dumps({"type": "finish"}))
    found, code = events(connection)
    assert code == 1000, (code, found)
    return found


def committed(found):
    words = [word for event in found if event["type"] == "committed" for word in event["words"]]
    text = " ".join(word["word"] for word in words)
    return words, "".join(letter for letter in text.lower() if letter.isalnum() or letter == " ")


def alike(said, heard):
    """Whether the words are the same but for one or two: how well a machine hears live depends on its load."""
    matcher = difflib.SequenceMatcher(None, said.split(), heard.split())
    return matcher.ratio() > 0.85


def speech():
    found = hear(3200)
    assert found[0]["type"] == "ready" and found[0]["rate"] == 16000, found[0]
    assert found[-1]["type"] == "finished", found[-1]
    assert abs(found[-1]["audio_seconds"] - 11.0) < 0.1, found[-1]
    words, text = committed(found)
    assert alike(WORDS, text), text
    assert found[-1]["words"] == len(words)
    assert all(word["start"] <= word["end"] and 0 <= word["probability"] <= 1 for word in words)
    ended = " ".join(event["text"] for event in found if event["type"] == "ended")
    assert ended == " ".join(word["word"] for word in words), ended
    kinds = [event["type"] for event in found]
    assert kinds.count("speech_started") == kinds.count("speech_stopped") == kinds.count("ended") > 1, kinds


def odd_messages():
    # Whatever the pieces, nothing is lost: samples are cut in two, too.
    _, text = committed(hear(7777))
    assert alike(WORDS, text), text


def silence():
    connection = connect()
    for _ in range(100):
        connection.send_binary(bytes(9600))
    connection.send(json.dumps({"type": "finish"}))
    found, code = events(connection)
    assert [event["type"] for event in found] == ["ready", "finished"] and code == 1000, found


def refused():
    assert refusal(key=None) == 401
    assert refusal(key="loc_wrong") == 401
    assert refusal("?rate=1") == 400
    assert refusal("?colour=red") == 400
    assert refusal("?model=no-such-model") == 404
    for message, closing in [("hello", 1008), ('{"type":"start"}', 1008)]:
        connection = connect()
        connection.send(message)
        found, code = events(connection)
        assert code == closing, (message, code, found)
    connection = connect()
    try:
        connection.send_binary(bytes(1 << 20))
        found, code = events(connection)
    except (websocket.WebSocketException, ConnectionError):
        # It was cut off before everything was sent.
        return
    assert code in (1002, 1009), (code, found)


def places():
    one, two = connect(), connect()
    assert refusal() == 429
    one.close()
    two.close()
    # Those that vanish in the middle of a word leave their place, too.
    data = samples()
    for _ in range(20):
        connection = patient()
        connection.send_binary(data[:64000])
        connection.sock.close()
    for connection in [patient(), patient()]:
        connection.close()


def footprint():
    """Threads and megabytes of the server."""
    with open(f"/proc/{os.environ['LOCUTOR_PID']}/status") as file:
        status = dict(line.split(":", 1) for line in file)
    return int(status["Threads"]), int(status["VmRSS"].split()[0]) / 1024


def endurance():
    """Hundreds come and go, half of them in the middle of a word, and nothing of them stays."""
    data = samples()
    for number in range(520):
        connection = patient()
        connection.send_binary(data[:64000])
        if number % 2:
            connection.sock.close()
        else:
            connection.close()
        if number == 19:
            time.sleep(1)
            before = footprint()
    for connection in [patient(), patient()]:
        connection.close()
    time.sleep(2)
    after = footprint()
    assert after[0] <= before[0] + 2, (before, after)
    assert after[1] <= before[1] + 64, (before, after)
    _, text = committed(hear(3200))
    assert alike(WORDS, text), text


def stopping():
    """Who speaks while the server stops gets what was heard, and is told to come again."""
    connection = connect("?language=en")
    data = samples()
    for start in range(0, 160_000, 3200):
        connection.send_binary(data[start : start + 3200])
    time.sleep(1)
    os.kill(int(os.environ["LOCUTOR_PID"]), signal.SIGTERM)
    found, code = events(connection)
    assert code == 1012, (code, found)
    assert found[-1]["type"] == "finished", found[-1]
    _, text = committed(found)
    assert "fellow americans" in text, text


def revoked():
    """Who may not go on gets what was heard, and is told why."""
    key, revoke = new_key()
    connection, other = connect("?language=en", key), connect()
    data = samples()
    for start in range(0, 160_000, 3200):
        connection.send_binary(data[start : start + 3200])
    time.sleep(2)
    revoke()
    found, code = events(connection)
    assert code == 1008, (code, found)
    assert (found[-1]["type"], found[-1]["code"]) == ("error", "invalid_api_key"), found[-1]
    _, text = committed(found)
    assert "fellow americans" in text, text
    assert refusal(key=key) == 401
    # The stream of another key goes on.
    other.send(json.dumps({"type": "finish"}))
    assert events(other)[1] == 1000


def greedy():
    """One key does not take the places of all: of two it gets one."""
    key, _ = new_key()
    mine = connect()
    try:
        connect()
    except websocket.WebSocketBadStatusException as error:
        assert error.status_code == 429, error
        assert int(error.resp_headers["retry-after"]) > 0, error.resp_headers
    else:
        raise AssertionError("one key took both places")
    connect(key=key).close()
    mine.close()


def vanishing():
    """Somebody is gone in the middle of a word."""
    connection = connect()
    connection.send_binary(samples()[:128_000])
    time.sleep(1)
    connection.sock.close()


def sentences():
    """A pause within a sentence ends no utterance."""
    found = hear(3200, "?language=en&endpointing=sentence")
    by_silence = hear(3200)
    ended = [[event for event in events if event["type"] == "ended"] for events in (found, by_silence)]
    assert 0 < len(ended[0]) < len(ended[1]), ended
    _, text = committed(found)
    assert alike(WORDS, text), text
    assert refusal("?endpointing=never") == 400


def patient():
    """A connection once there is a place."""
    for _ in range(100):
        try:
            return connect()
        except websocket.WebSocketBadStatusException as error:
            assert error.status_code == 429, error
            time.sleep(0.1)
    raise AssertionError("no place was given back")


CASES = {
    case.__name__: case
    for case in [
        speech,
        odd_messages,
        silence,
        refused,
        places,
        sentences,
        endurance,
        stopping,
        revoked,
        greedy,
        vanishing,
    ]
}
CASES[sys.argv[1]]()
