import pytest

import locutor


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
