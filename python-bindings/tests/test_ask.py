import json
import threading

import pytest

import locutor
from conftest import NOTES
from locutor import PassagesFound, TextWritten, VerdictReached


def test_an_answer_rests_on_a_sentence_of_the_source(index: locutor.Index) -> None:
    answer = index.ask("How much does a berth cost per night?")
    assert answer.verdict in ("grounded", "quoted")
    assert "24 euros" in answer.text
    citation = answer.citations[0]
    assert "24 euros" in citation.quote
    assert NOTES.encode()[citation.start : citation.end].decode() == citation.quote
    assert answer.passages[citation.passage].document == citation.document
    assert answer.evidence and answer.model
    assert "generate" in answer.timings and answer.seconds > 0
    json.dumps(answer.to_dict())


def test_what_the_documents_do_not_say_is_not_answered(index: locutor.Index) -> None:
    answer = index.ask("Who painted the Mona Lisa?")
    assert answer.verdict == "not_answered"
    assert answer.citations == [] and answer.text
    index.clear()
    assert index.ask("How much does a berth cost?").verdict == "not_answered"


def test_news_of_an_answer_comes_in_order(index: locutor.Index) -> None:
    with index.ask_stream("When does the harbour office open?", max_tokens=40) as stream:
        found, *written, reached = stream
        answer = stream.result()
    assert isinstance(found, PassagesFound) and found.passages == answer.passages
    assert isinstance(reached, VerdictReached) and reached.verdict == answer.verdict
    assert "".join(event.text for event in written if isinstance(event, TextWritten)) == answer.text
    assert all(isinstance(event, TextWritten) for event in written)


def test_a_closed_answer_frees_the_engine(index: locutor.Index) -> None:
    stream = index.ask_stream("When does the harbour office open?")
    assert isinstance(next(stream), PassagesFound)
    stream.close()
    assert list(stream) == []
    with pytest.raises(locutor.Cancelled):
        stream.result()
    assert index.ask("Who painted the Mona Lisa?").verdict == "not_answered"


def test_unusable_questions_are_refused(index: locutor.Index) -> None:
    with pytest.raises(locutor.InvalidInput) as caught:
        index.ask("   ")
    assert caught.value.parameter == "question"
    with pytest.raises(locutor.UnknownModel):
        index.ask("When does the harbour open?", model="no-such-model")
    with pytest.raises(locutor.InvalidInput):
        index.ask("When does the harbour open?", temperature=-1)
    with pytest.raises(locutor.InvalidInput, match="robot"):
        index.ask("When?", history=[{"role": "robot", "content": "Hello."}])


def test_threads_ask_and_add_at_the_same_time(index: locutor.Index) -> None:
    failures: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            index.add_text(f"Boat {number} lies at berth {number}.", id=f"boat {number}")
            assert index.search(f"Where does boat {number} lie?", limit=1)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert index.count() == 2 + 8
