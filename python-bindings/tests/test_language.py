from array import array

import pytest

import locutor

from conftest import SPEECH


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("Good morning, how are you today?", "en", "English"),
        ("Guten Morgen, wie geht es Ihnen heute?", "de", "German"),
        ("Доброе утро, как у вас дела сегодня?", "ru", "Russian"),
        ("おはようございます、お元気ですか。", "ja", "Japanese"),
    ],
)
def test_languages_come_likeliest_first(
    engine: locutor.Engine, text: str, code: str, name: str
) -> None:
    languages = engine.detect_language(text)
    assert (languages[0].code, languages[0].name) == (code, name)
    probabilities = [language.probability for language in languages]
    assert probabilities == sorted(probabilities, reverse=True)
    assert 0 < sum(probabilities) < 1.001


def test_text_without_words_has_no_language(engine: locutor.Engine) -> None:
    for text in ("", " \n", "123 456", "?!"):
        assert engine.detect_language(text) == []


def test_a_report_tells_variety_and_where_the_language_changes(engine: locutor.Engine) -> None:
    text = "The colour of the naïve sky above the old harbour is grey – isn’t it? Все люди свободны."
    report = engine.language_report(text)
    assert [span.language.code for span in report.spans] == ["en", "ru"]
    assert all(text[span.start : span.end] == span.text for span in report.spans)
    assert [word.text for word in report.evidence] == ["colour", "harbour", "grey"]
    assert report.varieties[0].code == "en-GB"
    assert abs(sum(report.shares.values()) - 1) < 1e-9
    assert engine.language_report("The house is big.").varieties == []


def test_a_recording_has_a_language(engine: locutor.Engine) -> None:
    shares: list[float] = []
    stream = engine.spoken_languages_stream(SPEECH)
    shares.extend(stream)
    heard = stream.result()
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert heard.languages[0].code == "en" and heard.languages[0].probability > 0.9
    assert [span.language.code for span in heard.spans] == ["en"]
    assert 8 < heard.speech_seconds < heard.duration
    silence = engine.spoken_languages(array("f", [0.0] * 32_000), sample_rate=16_000)
    assert silence.languages == [] and silence.spans == [] and silence.shares == {}
