use super::*;

fn best(text: &str, language: &str) -> Option<String> {
    let found = variety(text, language)?;
    assert!(!found.evidence.is_empty());
    for evidence in &found.evidence {
        assert_eq!(text[evidence.range.clone()], evidence.text);
        assert!(!evidence.varieties.is_empty(), "{evidence:?}");
    }
    let sum: f64 = found.guesses.iter().map(|guess| guess.confidence).sum();
    assert!(sum <= 1.0, "{sum}");
    assert!(
        found
            .guesses
            .is_sorted_by(|one, other| one.confidence >= other.confidence)
    );
    let first = found.guesses.first()?;
    (first.confidence > 0.5).then(|| first.variety.clone())
}

#[test]
fn varieties_are_told_by_their_words() {
    for (text, language, expected) in [
        (
            "The color of the theater's sidewalk is gray.",
            "en",
            "en-US",
        ),
        (
            "She organised the colour of the lorry whilst queuing.",
            "en",
            "en-GB",
        ),
        (
            "Grab the esky, we're having a barbie this arvo.",
            "en",
            "en-AU",
        ),
        (
            "The colour of his toque cost a loonie at the theatre.",
            "en",
            "en-CA",
        ),
        ("We will braai next to the bakkie.", "en", "en-ZA"),
        (
            "O usuário está baixando o arquivo no ônibus.",
            "pt",
            "pt-BR",
        ),
        (
            "O utilizador está a descarregar o ficheiro no autocarro.",
            "pt",
            "pt-PT",
        ),
        ("¿Habláis con vuestro amigo por el móvil?", "es", "es-ES"),
        ("Órale, ahorita platicamos en la banqueta.", "es", "es-MX"),
        ("Che, ¿vos tenés plata para el colectivo?", "es", "es-AR"),
        ("Envoie-moi un courriel en fin de semaine.", "fr", "fr-CA"),
        ("Je t'envoie un mail ce week-end.", "fr", "fr-FR"),
        (
            "Im Jänner gibt es keine Marillen und Paradeiser.",
            "de",
            "de-AT",
        ),
        ("Ich parkiere das Velo an der Strasse.", "de", "de-CH"),
        ("Im Januar esse ich Brötchen auf der Straße.", "de", "de-DE"),
        ("这个软件的网络设置", "zh", "zh-Hans"),
        ("這個軟體的網路設定", "zh", "zh-Hant-TW"),
        ("佢喺港鐵站嘅士多買嘢", "zh", "zh-Hant-HK"),
        ("學習語言", "zh", "zh-Hant"),
    ] {
        assert_eq!(best(text, language).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn without_evidence_there_is_no_answer() {
    for (text, language) in [
        ("The house is big.", "en"),
        ("A casa é grande.", "pt"),
        ("", "en"),
        ("你好", "zh"),
        ("Ein Haus am See", "de"),
        ("The colour", "pl"),
    ] {
        assert_eq!(variety(text, language), None, "{text}");
    }
}

#[test]
fn what_several_say_is_shared_among_them() {
    let found = variety("the colour", "en").unwrap();
    assert_eq!(
        found.evidence[0].varieties,
        ["en-GB", "en-AU", "en-CA", "en-ZA"]
    );
    assert_eq!(found.guesses[0].variety, "en-GB");
    assert!(found.guesses[0].confidence < 0.6, "{found:?}");
}

#[test]
fn no_word_stands_twice_in_a_list() {
    let languages = ["en", "pt", "es", "fr", "de"].map(|language| Family::of(language).unwrap());
    for family in languages.into_iter().chain(&SISTERS) {
        let mut seen = std::collections::HashSet::new();
        for word in family.written_words() {
            assert_eq!(word, word.to_lowercase());
            assert!(seen.insert(word), "{word} stands twice");
        }
    }
}

#[test]
fn every_word_of_a_list_is_evidence() {
    let languages = ["en", "pt", "es", "fr", "de"].map(|language| Family::of(language).unwrap());
    for family in languages.into_iter().chain(&SISTERS) {
        let all = (1_u8 << family.len()) - 1;
        for word in family.words() {
            let found = family.findings(&word, 8);
            assert!(!found.is_empty(), "{word} is never found");
            assert!(found[0].members != all, "{word} says nothing");
            assert!(found[0].members != 0, "{word} speaks for nobody");
        }
    }
}
