//! What can be told about a configuration without starting anything.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::{Context, anyhow, bail, ensure};
use locutor::engine::Device;
use sea_orm::sqlx::postgres::PgConnectOptions;
use serde_json::Value;

use super::secret::check_secret;
use crate::{
    adapters::{FileMailer, RedisLink, SmtpMailer, SystemClock},
    config::{Configuration, MailTransport, is_base_url},
    features::access_rules::Gate,
    http::{
        cors_layer,
        csrf::{CsrfGuard, CsrfTokens},
        serve::Tls,
    },
    secrets::ServerSecret,
};

/// Each looks at one thing.
const CHECKS: [fn(&Configuration) -> anyhow::Result<()>; 18] = [
    listen,
    listen_to_assistants,
    |configuration| configuration.wyoming.check_openness(),
    |configuration| Tls::open(&configuration.tls).map(drop).context("tls"),
    |configuration| cors_layer(&configuration.cors).map(drop),
    |configuration| {
        let tokens = CsrfTokens::new(ServerSecret::new(b"of a check"));
        CsrfGuard::new(&configuration.csrf, tokens).map(drop)
    },
    |configuration| Gate::new(&configuration.access).map(drop),
    database,
    public_url,
    |configuration| check_secret(&configuration.auth),
    password_rules,
    device,
    |configuration| configuration.log.parsed_filter().map(drop),
    |configuration| configuration.telemetry.traces_url().map(drop),
    |configuration| configuration.telemetry.headers().map(drop),
    |configuration| configuration.telemetry.share().map(drop),
    |configuration| RedisLink::open(&configuration.redis).map(drop),
    mail,
];

/// Settings with which nothing would work if they were 0.
const POSITIVE: [&str; 21] = [
    "server.connections",
    "server.header_seconds",
    "database.connections",
    "database.acquire_seconds",
    "database.statement_seconds",
    "auth.access_seconds",
    "auth.stream_check_seconds",
    "auth.idle_days",
    "auth.session_days",
    "auth.signing_key_days",
    "auth.verification_hours",
    "auth.recovery_minutes",
    "auth.invitation_days",
    "engine.queue",
    "engine.sequences",
    "engine.embeddings",
    "jobs.workers",
    "mail.timeout_seconds",
    "wyoming.connections",
    "wyoming.connections_per_address",
    "wyoming.requests",
];

/// Everything that is wrong with a configuration, in the order of its sections. It must be called
/// where tokio runs; nothing is connected to and nothing is written.
pub fn check(configuration: &Configuration) -> Vec<String> {
    let checks = CHECKS.iter().filter_map(|check| check(configuration).err());
    let mut problems: Vec<String> = checks.map(|error| format!("{error:#}")).collect();
    let settings = serde_json::to_value(configuration).unwrap_or_default();
    let zero = |path: &&&str| setting(&settings, path) == Some(&Value::from(0));
    let zeros = POSITIVE.iter().filter(zero);
    problems.extend(zeros.map(|path| format!("{path} is 0; set it to 1 or more")));
    problems
}

fn setting<'a>(settings: &'a Value, path: &str) -> Option<&'a Value> {
    settings.pointer(&format!("/{}", path.replace('.', "/")))
}

/// A host name is looked up only when the server listens.
fn listen(configuration: &Configuration) -> anyhow::Result<()> {
    check_address("server.listen", &configuration.server.listen)
}

fn listen_to_assistants(configuration: &Configuration) -> anyhow::Result<()> {
    let address = configuration.wyoming.listen.as_deref();
    address.map_or(Ok(()), |address| check_address("wyoming.listen", address))
}

fn check_address(setting: &str, address: &str) -> anyhow::Result<()> {
    let named = address.rsplit_once(':').is_some_and(|(host, port)| {
        let host_fits = !host.is_empty() && !host.contains([':', '/', ' ']);
        host_fits && port.parse::<u16>().is_ok()
    });
    ensure!(
        named || address.parse::<SocketAddr>().is_ok(),
        "{setting}: `{address}` is no address with a port; write e.g. `127.0.0.1:8080` or `[::1]:8080`"
    );
    Ok(())
}

fn public_url(configuration: &Configuration) -> anyhow::Result<()> {
    let Some(url) = &configuration.auth.public_url else {
        return Ok(());
    };
    ensure!(
        is_base_url(url),
        "auth.public_url: `{url}` is no address of a web server; write e.g. `https://speech.example.org`"
    );
    Ok(())
}

/// Says nothing of the URL itself: it holds a password.
fn database(configuration: &Configuration) -> anyhow::Result<()> {
    let Some(url) = &configuration.database.url else {
        return Ok(());
    };
    let url = url.reveal();
    let scheme = ["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| url.starts_with(scheme));
    ensure!(
        scheme && url.parse::<PgConnectOptions>().is_ok(),
        "database.url names no PostgreSQL server; write postgres://user:password@host/database, with \
         special characters of the password as %XX"
    );
    Ok(())
}

fn password_rules(configuration: &Configuration) -> anyhow::Result<()> {
    let rules = &configuration.auth.password;
    let (least, most) = (rules.least_characters, rules.most_characters);
    if most < 64 {
        bail!("auth.password.most_characters is {most}; allow at least 64");
    }
    if least > most {
        bail!(
            "auth.password.least_characters is {least}, more than most_characters, {most}: nobody could set a password"
        );
    }
    let strength = rules.least_strength;
    if strength > 4 {
        bail!("auth.password.least_strength is {strength}; the strongest there is has 4");
    }
    Ok(())
}

fn device(configuration: &Configuration) -> anyhow::Result<()> {
    let device = configuration.engine.device.parse::<Device>();
    device.map(drop).map_err(|error| anyhow!("engine.{error}"))
}

fn mail(configuration: &Configuration) -> anyhow::Result<()> {
    let (settings, clock) = (&configuration.mail, Arc::new(SystemClock));
    match settings.transport {
        MailTransport::File => FileMailer::open(PathBuf::new(), settings, clock).map(drop),
        MailTransport::Smtp => SmtpMailer::open(settings, clock).map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_defaults_are_good() {
        assert_eq!(check(&Configuration::default()), Vec::<String>::new());
        let settings = serde_json::to_value(Configuration::default()).unwrap();
        for path in POSITIVE {
            assert!(
                setting(&settings, path).is_some_and(Value::is_u64),
                "{path}"
            );
        }
    }

    #[tokio::test]
    async fn everything_wrong_is_told_at_once_and_by_name() {
        let wrong = "
            [server]
            listen = 'localhost'
            connections = 0
            [tls]
            certificate = '/nowhere/certificate.pem'
            key = '/nowhere/key.pem'
            [cors]
            origins = ['https://app.example.com/']
            [csrf]
            exempt = ['auth']
            [[access.rules]]
            effect = 'deny'
            country = 'PT'
            [database]
            url = 'mysql://root:hunter2@host/locutor'
            [auth]
            public_url = 'ftp://speech.example.org'
            secret = 'too short'
            password.most_characters = 20
            [wyoming]
            listen = '0.0.0.0:10300'
            [engine]
            device = 'abacus'
            [log]
            filter = 'locutor=loud'
            [redis]
            url = 'http://host'
            [mail]
            from = 'nobody'
        ";
        let configuration: Configuration = toml::from_str(wrong).unwrap();
        let problems = check(&configuration);
        for words in [
            "server.listen",
            "server.connections is 0",
            "tls: cannot read",
            "cors.origins",
            "csrf.exempt",
            "access.country_database",
            "database.url",
            "auth.public_url",
            "auth.secret",
            "most_characters",
            "wyoming.anonymous",
            "abacus",
            "log.filter",
            "redis.url",
            "mail.from",
        ] {
            assert!(
                problems.iter().any(|problem| problem.contains(words)),
                "{words} in {problems:#?}"
            );
        }
        assert_eq!(problems.len(), 15, "{problems:#?}");
        assert!(!problems.concat().contains("hunter2"));
    }

    #[tokio::test]
    async fn addresses_are_told_from_other_texts() {
        let listens = |address: &str| {
            let mut configuration = Configuration::default();
            configuration.server.listen = address.into();
            listen(&configuration).is_ok()
        };
        for good in ["127.0.0.1:0", "[::1]:8080", "localhost:80", "0.0.0.0:65535"] {
            assert!(listens(good), "{good}");
        }
        for bad in [
            "",
            ":80",
            "8080",
            "::1:80",
            "localhost:99999",
            "http://host:80",
        ] {
            assert!(!listens(bad), "{bad}");
        }
        let public = |url: &str| {
            let mut configuration = Configuration::default();
            configuration.auth.public_url = Some(url.into());
            public_url(&configuration).is_ok()
        };
        for good in ["https://a.example", "http://127.0.0.1:8080/speech/"] {
            assert!(public(good), "{good}");
        }
        for bad in [
            "",
            "a.example",
            "//a.example",
            "https://",
            "https://a.example/?x=1",
            "https://me@a.example",
            "https://a.example/#x",
        ] {
            assert!(!public(bad), "{bad}");
        }
    }
}
