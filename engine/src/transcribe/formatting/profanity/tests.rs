use super::*;

fn apply(profanity: &Profanity, text: &str, language: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let tokens = profanity.apply(&words, language);
    let texts: Vec<String> = tokens.into_iter().map(|token| token.text).collect();
    texts.join(" ")
}

fn mask(text: &str, language: &str) -> String {
    apply(&Profanity::new(ProfanityMode::Mask), text, language)
}

#[test]
fn words_are_masked_with_their_marks() {
    assert_eq!(mask("What the \"Fuck!\"", "en"), "What the \"F***!\"");
    assert_eq!(
        mask("motherfucker's bull-shit SHIT,", "en"),
        "m***********'s b***-**** S***,"
    );
    assert_eq!(
        mask("sh1t $hit f*ck fuuuck b!tch", "en"),
        "s*** $*** f*ck f***** b****"
    );
    assert_eq!(
        mask("mother-fucking fuckin’", "en"),
        "m*****-******* f*****’"
    );
}

#[test]
fn innocent_words_stay() {
    for text in [
        "Scunthorpe assess cocktail Dickens classic analysis Essex cock peacock hell bloody",
        "Sussex shiitake Hancock titan assassin pass Matsushita cumin document spice niggle",
        "grape therapist basement Penistone canal button bass embarrass 455 B1 mass a55umption",
    ] {
        assert_eq!(mask(text, "en"), text);
    }
    assert_eq!(
        mask("Schwanz geil Abschied ficken?", "de"),
        "Schwanz geil Abschied f*****?"
    );
    assert_eq!(
        mask("cono coger computadora reputación disputa", "es"),
        "cono coger computadora reputación disputa"
    );
    assert_eq!(
        mask("concours réputation culture confiture", "fr"),
        "concours réputation culture confiture"
    );
    assert_eq!(
        mask("particolare negroni casino articolo", "it"),
        "particolare negroni casino articolo"
    );
    assert_eq!(
        mask("computador deputado cumprir reputação", "pt"),
        "computador deputado cumprir reputação"
    );
    assert_eq!(
        mask("hoera kuttekop lullaby", "nl"),
        "hoera kuttekop lullaby"
    );
    assert_eq!(mask("kurtka chór sukces", "pl"), "kurtka chór sukces");
    assert_eq!(
        mask("употреблять требовать страховка оскорблять", "ru"),
        "употреблять требовать страховка оскорблять"
    );
}

#[test]
fn every_language_is_masked() {
    assert_eq!(
        mask("So eine Scheiße, Arschloch!", "de"),
        "So eine S******, A********!"
    );
    assert_eq!(mask("¡Joder, coño!", "es-MX"), "¡J****, c***!");
    assert_eq!(mask("Putain, l'enculé !", "fr"), "P*****, l'e***** !");
    assert_eq!(
        mask("Che cazzo, dell'stronzo", "it"),
        "Che c****, dell's******"
    );
    assert_eq!(mask("Que merda, caralho!", "pt-BR"), "Que m****, c******!");
    assert_eq!(
        mask("Godverdomme, klootzak.", "nl"),
        "G**********, k*******."
    );
    assert_eq!(mask("Kurwa mać, spierdalaj", "pl"), "K**** mać, s*********");
    assert_eq!(mask("Пиздец, ёбаный хуй", "ru"), "П*****, ё***** х**");
    assert_eq!(mask("fuck", "ja"), "fuck");
}

#[test]
fn words_are_removed() {
    let profanity = Profanity::new(ProfanityMode::Remove);
    assert_eq!(
        apply(&profanity, "This fucking thing, shit!", "en"),
        "This thing,"
    );
    let tokens = profanity.apply(&["a", "shit", "b"], "en");
    assert_eq!(tokens, [Token::single("a", 0), Token::single("b", 2)]);
}

#[test]
fn strength_and_own_words_count() {
    assert_eq!(mask("damn crap", "en"), "damn crap");
    let profanity = Profanity {
        least: Strength::Mild,
        ..Profanity::new(ProfanityMode::Mask)
    };
    assert_eq!(apply(&profanity, "damn crap", "en"), "d*** c***");
    let profanity = Profanity::new(ProfanityMode::Mask)
        .with_words(["Frack", "über"])
        .with_exceptions(["shit"]);
    assert_eq!(
        apply(&profanity, "frack Übe\u{308}r U\u{308}ber shit fuck", "en"),
        "f**** Übe\u{308}r U\u{308}*** shit f***"
    );
    assert_eq!(apply(&profanity, "frack", "ja"), "f****");
}

#[test]
fn keeping_changes_nothing() {
    assert_eq!(apply(&Profanity::default(), "fuck", "en"), "fuck");
}
