//! Every template, with ordinary and hostile values.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Rendered, Template};

const LINK: &str = "https://locutor.example/verify?token=abc&x=1";

/// One of each, with this text wherever a stranger's may stand.
fn all(text: &str) -> Vec<Template> {
    let text = || text.to_owned();
    let link = || LINK.to_owned();
    let at = Timestamp::from_second(1_767_225_600).unwrap();
    vec![
        Template::VerifyEmail {
            name: text(),
            link: link(),
            hours: 24,
        },
        Template::PasswordReset {
            name: text(),
            link: link(),
            minutes: 30,
        },
        Template::PasswordChanged {
            name: text(),
            address: text(),
            device: text(),
            at,
        },
        Template::AccountExists {
            name: text(),
            link: link(),
        },
        Template::TokenReuse {
            name: text(),
            address: text(),
            device: text(),
            at,
        },
        Template::LockedOut {
            name: text(),
            address: text(),
            minutes: 15,
            link: link(),
        },
        Template::NewDeviceLink {
            name: text(),
            address: text(),
            device: text(),
            link: link(),
            minutes: 30,
        },
        Template::Invitation {
            inviter: text(),
            organisation: text(),
            role: text(),
            link: link(),
            days: 7,
        },
        Template::Alert {
            rule: text(),
            message: text(),
            at,
        },
    ]
}

fn render(template: &Template) -> Rendered {
    template.render("Locutor").unwrap()
}

#[test]
fn every_template_says_who_writes_and_shows_its_values() {
    for template in all("Grete Müller") {
        let Rendered {
            subject,
            text,
            html,
        } = render(&template);
        assert!(subject.contains("Locutor"), "{subject}");
        for body in [&text, &html] {
            assert!(body.contains("Grete Müller"), "{body}");
            assert!(body.contains("Locutor"), "{body}");
        }
        assert!(
            !text.contains('<') && !text.contains("{{") && !text.contains("\n\n\n"),
            "{text}"
        );
        assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"));
        if format!("{template:?}").contains(LINK) {
            assert!(text.lines().any(|line| line == LINK), "{text}");
            let href = "href=\"https://locutor.example/verify?token=abc&amp;x=1\"";
            assert!(html.replace("&#x2f;", "/").contains(href), "{html}");
        }
    }
}

#[test]
fn strangers_get_neither_markup_nor_links_nor_lines_into_a_mail() {
    let hostile = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'-->{{ product }}{% raw %}",
        "Grete\r\nBcc: victim@evil.example\r\n\r\nPay at https://evil.example/now",
        "www.evil.example\u{202e}",
    ];
    for text in hostile {
        for template in all(text) {
            let rendered = render(&template);
            let whole = format!("{rendered:?}");
            assert!(
                !rendered.subject.contains(char::is_control),
                "{}",
                rendered.subject
            );
            assert!(!rendered.html.contains("<script") && !rendered.html.contains("<img"));
            assert!(
                !rendered.html.contains("\"><") || !text.starts_with('"'),
                "{whole}"
            );
            assert!(!rendered.text.lines().any(|line| line.starts_with("Bcc:")));
            for link in ["evil.example", "https://evil", "\u{202e}"] {
                assert!(!whole.contains(link), "{whole}");
            }
        }
    }
}

#[test]
fn numbers_agree_with_their_nouns() {
    let verify = |hours| {
        let (name, link) = ("Grete".into(), LINK.into());
        render(&Template::VerifyEmail { name, link, hours }).text
    };
    assert!(
        verify(1).contains("1 hour.") && verify(2).contains("2 hours."),
        "{}",
        verify(1)
    );
}

#[test]
fn times_are_in_words() {
    let alert = all("x").pop().unwrap();
    assert!(render(&alert).text.contains("1 January 2026, 00:00 UTC"));
}

#[test]
fn it_becomes_a_mail() {
    let mail = render(&all("Grete")[0]).to("grete@example.org", Uuid::nil());
    assert_eq!(mail.to, "grete@example.org");
    assert!(mail.subject.contains("Locutor") && mail.text.contains(LINK));
}
