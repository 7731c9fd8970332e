import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from conftest import SPEECH

# A runner in the background may have told its children to ignore interrupts.
START = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import locutor
engine = locutor.Engine(threads=1)
"""


def interrupted(program: str, *arguments: str) -> tuple[str, str]:
    """Runs the program until it prints `working`, interrupts it, and gives what it then printed
    on standard output and on standard error."""
    child = subprocess.Popen(
        [sys.executable, "-c", START + program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "working\n"
    time.sleep(0.5)
    started = time.monotonic()
    os.kill(child.pid, signal.SIGINT)
    output, errors = child.communicate(timeout=30)
    assert time.monotonic() - started < 10
    return output, errors


def test_speech_stops() -> None:
    _, errors = interrupted("""
engine.speak("ready")
print("working", flush=True)
engine.speak("This is one of very many sentences. " * 5000)
""")
    assert "KeyboardInterrupt" in errors


def test_a_transcription_stops() -> None:
    _, errors = interrupted(
        """
import array, wave
reader = wave.open(sys.argv[1])
speech = array.array("h", reader.readframes(reader.getnframes()))
long = array.array("f", (value / 32768 for value in speech)) * 100
engine.transcribe(sys.argv[1], language="en")
print("working", flush=True)
engine.transcribe(long, sample_rate=16_000, language="en")
""",
        str(SPEECH),
    )
    assert "KeyboardInterrupt" in errors


def test_a_document_that_is_not_wholly_added_leaves_the_old_one(tmp_path: Path) -> None:
    output, _ = interrupted(
        """
index = engine.open_index(sys.argv[1])
index.add_text("The harbour opens at nine.", id="notes")
print("working", flush=True)
try:
    index.add_text("This is one of very many sentences. " * 50_000, id="notes")
except KeyboardInterrupt:
    print(index.count(), index.search("When does the harbour open?")[0].text)
""",
        str(tmp_path),
    )
    assert output == "1 The harbour opens at nine.\n"
