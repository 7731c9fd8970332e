//! A [`Mail`] as an RFC 5322 message with a plain and an HTML alternative.
//!
//! Nothing that a header is made of may hold a control character, so nobody can start a header of their
//! own; the library then encodes what is not ASCII.

use jiff::Timestamp;
use lettre::{
    Address, Message,
    message::{Mailbox, MultiPart, header::HeaderName, header::HeaderValue},
};

use crate::ports::{Mail, MailError};

/// The sender, from the configuration.
///
/// # Errors
/// When it is no address, with or without a name before it.
pub(super) fn sender(text: &str) -> anyhow::Result<Mailbox> {
    if text.contains(char::is_control) {
        anyhow::bail!("`mail.from` has a control character; write it as Name <name@example.org>");
    }
    text.parse().map_err(|error| {
        anyhow::anyhow!(
            "`mail.from` is `{text}`, which is no sender ({error}); write it as Name <name@example.org>"
        )
    })
}

/// The message, with its id from that of the mail, so that it is the same at every attempt.
///
/// # Errors
/// A lasting one when the recipient is no address or the subject not one line.
pub(super) fn message(mail: &Mail, from: &Mailbox, now: Timestamp) -> Result<Message, MailError> {
    if mail.to.contains(char::is_control) || mail.subject.contains(char::is_control) {
        return Err(lasting("a control character in the recipient or subject"));
    }
    let to: Address = mail
        .to
        .parse()
        .map_err(|error| lasting(&format!("`{}` is no address: {error}", mail.to)))?;
    let id = format!("<{}@{}>", mail.id, from.email.domain());
    Message::builder()
        .from(from.clone())
        .to(to.into())
        .subject(&mail.subject)
        .date(now.into())
        .message_id(Some(id))
        // So that no automatic reply comes back (RFC 3834).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ))
        .multipart(MultiPart::alternative_plain_html(
            mail.text.clone(),
            mail.html.clone(),
        ))
        .map_err(|error| lasting(&error.to_string()))
}

fn lasting(reason: &str) -> MailError {
    MailError::Lasting(reason.to_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use uuid::Uuid;

    use super::*;

    /// A message with everything that needs encoding.
    pub fn mail() -> Mail {
        Mail {
            to: "grete@example.org".into(),
            subject: "Grüße".into(),
            text: "Hallo Grete,\n.\nein Punkt.\n".into(),
            html: "<p>Hallo <b>Grete</b></p>".into(),
            id: Uuid::parse_str("019b76da-a800-7000-8000-000000000001").unwrap(),
        }
    }

    fn format(mail: &Mail) -> Result<String, MailError> {
        let from = sender("Locutor <locutor@example.org>").unwrap();
        let message = message(mail, &from, Timestamp::UNIX_EPOCH)?;
        Ok(String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn it_has_its_headers_and_both_bodies() {
        let text = format(&mail()).unwrap();
        let (headers, body) = text.split_once("\r\n\r\n").unwrap();
        for line in [
            "From: Locutor <locutor@example.org>",
            "To: grete@example.org",
            "Subject: =?utf-8?b?R3LDvMOfZQ==?=",
            "Date: Thu, 01 Jan 1970 00:00:00 +0000",
            "Message-ID: <019b76da-a800-7000-8000-000000000001@example.org>",
            "Auto-Submitted: auto-generated",
        ] {
            assert!(
                headers.lines().any(|header| header == line),
                "{line}: {headers}"
            );
        }
        assert!(headers.contains("multipart/alternative"), "{headers}");
        let (plain, html) = (body.find("text/plain"), body.find("text/html"));
        assert!(plain.unwrap() < html.unwrap(), "{body}");
    }

    #[test]
    fn nobody_injects_a_header() {
        let breaks = ["\r\n", "\n", "\r", "\0", "\r\n\r\n", "\u{85}"];
        for line_break in breaks {
            let hostile = format!("Hello{line_break}Bcc: victim@example.org");
            let subject = Mail {
                subject: hostile,
                ..mail()
            };
            assert!(matches!(format(&subject), Err(MailError::Lasting(_))));
            for to in [
                format!("a@example.org{line_break}Bcc: victim@example.org"),
                format!("\"a{line_break}Bcc: victim\"@example.org"),
            ] {
                assert!(matches!(
                    format(&Mail { to, ..mail() }),
                    Err(MailError::Lasting(_))
                ));
            }
            assert!(sender(&format!("a{line_break}b <a@example.org>")).is_err());
        }
    }

    #[test]
    fn a_recipient_is_one_bare_address() {
        for to in [
            "",
            "grete",
            "a@b.org, c@d.org",
            "Grete <g@example.org>",
            "a@b.org>\u{20}<c@d.org",
        ] {
            let outcome = format(&Mail {
                to: to.into(),
                ..mail()
            });
            assert!(matches!(outcome, Err(MailError::Lasting(_))), "{to}");
        }
    }

    #[test]
    fn no_line_is_longer_than_a_server_takes() {
        let long = Mail {
            subject: "ü".repeat(500),
            text: "x".repeat(5000),
            html: "y".repeat(5000),
            ..mail()
        };
        let text = format(&long).unwrap();
        assert!(text.split("\r\n").all(|line| line.len() <= 998));
    }
}
