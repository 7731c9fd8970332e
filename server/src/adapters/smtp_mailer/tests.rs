//! Against a little mail server in the same process.

use std::time::Instant;

use super::{
    testing::{Behaviour, SmtpServer},
    *,
};
use crate::adapters::{FixedClock, mail_message::tests::mail};

fn settings(server: &SmtpServer, security: MailSecurity) -> MailSettings {
    MailSettings {
        host: "localhost".into(),
        port: Some(server.port),
        security,
        from: "Locutor <locutor@example.org>".into(),
        timeout_seconds: 5,
        ..MailSettings::default()
    }
}

fn trusting(settings: MailSettings) -> MailSettings {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/adapters/smtp_mailer/fixtures/authority.pem"
    );
    MailSettings {
        authorities: Some(path.into()),
        ..settings
    }
}

fn with_login(settings: MailSettings) -> MailSettings {
    MailSettings {
        user: Some("user".into()),
        password: Some("hunter2".to_owned().into()),
        ..settings
    }
}

async fn send(settings: &MailSettings) -> Result<(), MailError> {
    let clock = Arc::new(FixedClock::default());
    SmtpMailer::open(settings, clock)
        .unwrap()
        .send(&mail())
        .await
}

#[tokio::test]
async fn the_server_gets_the_message_as_it_is() {
    let server = SmtpServer::start(Behaviour::default()).await;
    send(&settings(&server, MailSecurity::None)).await.unwrap();
    let lines = server.lines();
    assert_eq!(lines[0], "EHLO example.org");
    assert_eq!(lines[1], "MAIL FROM:<locutor@example.org>");
    assert_eq!(lines[2], "RCPT TO:<grete@example.org>");
    let has = |text: &str| lines.iter().any(|line| line == text);
    assert!(has("Subject: =?utf-8?b?R3LDvMOfZQ==?="), "{lines:?}");
    assert!(has(
        "Message-ID: <019b76da-a800-7000-8000-000000000001@example.org>"
    ));
    // The lone full stop within the text is escaped, and the message goes on after it.
    assert!(
        has("..") && has("ein Punkt.") && has("<p>Hallo <b>Grete</b></p>"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn connections_are_used_again() {
    let server = SmtpServer::start(Behaviour::default()).await;
    let clock = Arc::new(FixedClock::default());
    let mailer = SmtpMailer::open(&settings(&server, MailSecurity::None), clock).unwrap();
    for _ in 0..3 {
        mailer.send(&mail()).await.unwrap();
        // The connection goes back to the pool by itself, a little later.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let count = |start: &str| {
        server
            .lines()
            .iter()
            .filter(|line| line.starts_with(start))
            .count()
    };
    assert_eq!((count("EHLO"), count("RCPT")), (1, 3));
}

#[tokio::test]
async fn it_logs_in_over_both_kinds_of_encryption() {
    for (security, tls) in [(MailSecurity::Starttls, false), (MailSecurity::Tls, true)] {
        let server = SmtpServer::start(Behaviour {
            tls,
            starttls: !tls,
            auth: Some("235 welcome"),
            ..Behaviour::default()
        })
        .await;
        let settings = with_login(settings(&server, security));
        // Nobody has heard of the server's authority.
        let error = send(&settings).await.unwrap_err();
        assert!(matches!(error, MailError::Passing(_)), "{error}");
        assert!(!server.lines().iter().any(|line| line.starts_with("AUTH")));
        send(&trusting(settings)).await.unwrap();
        // NUL user NUL hunter2
        assert!(
            server
                .lines()
                .contains(&"AUTH PLAIN AHVzZXIAaHVudGVyMg==".to_owned())
        );
        assert!(server.lines().contains(&"ein Punkt.".to_owned()));
    }
}

#[tokio::test]
async fn a_server_that_does_not_encrypt_gets_neither_password_nor_mail() {
    let server = SmtpServer::start(Behaviour {
        auth: Some("235 welcome"),
        ..Behaviour::default()
    })
    .await;
    let error = send(&with_login(settings(&server, MailSecurity::Starttls))).await;
    assert!(matches!(error, Err(MailError::Passing(_))), "{error:?}");
    let lines = server.lines();
    assert!(
        !lines
            .iter()
            .any(|line| line.starts_with("AUTH") || line.starts_with("MAIL"))
    );
}

#[tokio::test]
async fn refusals_are_lasting_and_the_rest_passes() {
    for (reply, lasting) in [
        ("550 no such mailbox", true),
        ("553 not that one", true),
        ("450 mailbox busy", false),
        ("452 full", false),
        ("530 log in first", false),
    ] {
        let recipient = Some(reply);
        let server = SmtpServer::start(Behaviour {
            recipient,
            ..Behaviour::default()
        })
        .await;
        let error = send(&settings(&server, MailSecurity::None))
            .await
            .unwrap_err();
        assert_eq!(
            matches!(error, MailError::Lasting(_)),
            lasting,
            "{reply}: {error}"
        );
        assert!(error.to_string().contains(&reply[..3]), "{error}");
    }
    let auth = Some("535 wrong password");
    let server = SmtpServer::start(Behaviour {
        auth,
        ..Behaviour::default()
    })
    .await;
    let error = send(&with_login(settings(&server, MailSecurity::None)))
        .await
        .unwrap_err();
    assert!(matches!(error, MailError::Passing(_)), "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_away_or_silent_is_a_passing_failure_in_time() {
    let silent = true;
    let server = SmtpServer::start(Behaviour {
        silent,
        ..Behaviour::default()
    })
    .await;
    let mut settings = settings(&server, MailSecurity::None);
    settings.timeout_seconds = 1;
    let start = Instant::now();
    let error = send(&settings).await.unwrap_err();
    assert!(matches!(error, MailError::Passing(_)), "{error}");
    assert!(start.elapsed() < Duration::from_secs(3));
    settings.port = Some(1);
    let error = send(&settings).await.unwrap_err();
    assert!(matches!(error, MailError::Passing(_)), "{error}");
}

#[test]
fn settings_that_contradict_each_other_are_explained() {
    let open = |settings: MailSettings| {
        let clock = Arc::new(FixedClock::default());
        format!("{:#}", SmtpMailer::open(&settings, clock).err().unwrap())
    };
    let plain = MailSettings {
        host: "mail.example.org".into(),
        security: MailSecurity::None,
        ..MailSettings::default()
    };
    let unencrypted = open(with_login(plain.clone()));
    assert!(unencrypted.contains("mail.security") && !unencrypted.contains("hunter2"));
    let user = Some("user".into());
    assert!(
        open(MailSettings {
            user,
            ..plain.clone()
        })
        .contains("mail.password")
    );
    let from = "nobody".into();
    assert!(
        open(MailSettings {
            from,
            ..plain.clone()
        })
        .contains("mail.from")
    );
    let missing = MailSettings {
        security: MailSecurity::Tls,
        authorities: Some("missing.pem".into()),
        ..plain
    };
    assert!(open(missing).contains("mail.authorities"));
}
