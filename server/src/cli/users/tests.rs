//! The commands from their arguments to what they print, on a SQLite database of their own.

use std::path::Path;

use clap::Parser;
use serde_json::Value;

use super::*;
use crate::{
    database::Database,
    features::{
        audit::{AuditService, Filter},
        testing::PASSWORD,
    },
    http::Origin,
};

#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    users: Users,
}

fn run(folder: &Path, arguments: &[&str], input: &str) -> anyhow::Result<String> {
    let settings = |json| Settings {
        config: None,
        data_dir: Some(folder.to_owned()),
        models_dir: None,
        log: None,
        json,
    };
    let json = arguments.last() == Some(&"--json");
    let arguments = arguments.iter().filter(|argument| **argument != "--json");
    let parsed = Arguments::try_parse_from(std::iter::once(&"users").chain(arguments))?;
    parsed
        .users
        .run_with(&settings(json), &mut input.as_bytes())
}

fn json(folder: &Path, arguments: &[&str], input: &str) -> Value {
    let arguments = [arguments, &["--json"]].concat();
    serde_json::from_str(&run(folder, &arguments, input).unwrap()).unwrap()
}

/// Works on the database beside the commands, as a running server does.
fn beside<T>(folder: &Path, work: impl AsyncFnOnce(&Platform, &Database) -> T) -> T {
    let folder = DataFolder::prepare(folder).unwrap();
    let outcome = block_on(async {
        let configuration = Configuration::default();
        let database = open_database(&configuration, &folder).await?;
        let platform = Platform::build(&configuration, &folder, &database)?;
        Ok(work(&platform, &database).await)
    });
    outcome.unwrap()
}

fn opens(folder: &Path, email: &str, password: &str) -> bool {
    beside(folder, async |platform, _| {
        let key = EmailAddress::new(email).unwrap().canonical();
        let row = platform.accounts.find_verified(&key).await.unwrap();
        let checked = platform.accounts.check_password(row.as_ref(), password);
        checked.await.unwrap()
    })
}

const ADA: [&str; 5] = [
    "create",
    "--email",
    "ada@example.org",
    "--name",
    "Ada Lovelace",
];

#[test]
fn accounts_are_created_with_a_given_or_a_made_password() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    assert_eq!(run(&folder, &["list"], "").unwrap(), "");
    let from_input = [&ADA[..], &["--password-stdin"]].concat();
    let created = json(&folder, &from_input, &format!("{PASSWORD}\n"));
    assert_eq!(created["email"], "ada@example.org");
    assert_eq!(created.get("password"), None, "its owner knows it");
    assert!(opens(&folder, "ada@example.org", PASSWORD));
    let grace = [
        "create",
        "--email",
        "grace@example.org",
        "--name",
        "Grace",
        "--admin",
    ];
    let made = json(
        &folder,
        &[&grace[..], &["--generate-password"]].concat(),
        "",
    );
    let password = made["password"].as_str().unwrap();
    assert!(opens(&folder, "grace@example.org", password));
    let listed = json(&folder, &["list"], "");
    let facts: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["email"].as_str().unwrap(),
                one["instance_admin"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        facts,
        [("ada@example.org", false), ("grace@example.org", true)]
    );
    assert_eq!(listed[1]["id"], made["id"]);
    let lines = run(&folder, &["list"], "").unwrap();
    assert_eq!(lines.lines().count(), 2);
    assert!(
        lines.lines().nth(1).unwrap().contains("admin  verified"),
        "{lines}"
    );
    let again = run(&folder, &from_input, &format!("{PASSWORD}\n")).unwrap_err();
    assert!(again.to_string().contains("has an account already"));
}

#[test]
fn what_cannot_be_an_account_is_refused() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    let from_input = [&ADA[..], &["--password-stdin"]].concat();
    for (input, reason) in [
        ("short\n", "at least 12"),
        ("", "no password"),
        ("adalovelace1\n", "known about you"),
    ] {
        let refused = run(&folder, &from_input, input).unwrap_err().to_string();
        assert!(refused.contains(reason), "{refused}");
    }
    for (email, name) in [
        ("ada", "Ada"),
        ("ada@example.org", " "),
        ("ada@example.org", "A\nda"),
    ] {
        let arguments = [
            "create",
            "--email",
            email,
            "--name",
            name,
            "--password-stdin",
        ];
        assert!(
            run(&folder, &arguments, PASSWORD).is_err(),
            "{email} {name:?}"
        );
    }
    let both = [&ADA[..], &["--password-stdin", "--generate-password"]].concat();
    assert!(run(&folder, &both, PASSWORD).is_err());
    for arguments in [
        &["remove", "nobody@example.org"][..],
        &["reset", "nobody@example.org"],
        &["make-admin", "nobody@example.org"],
    ] {
        let refused = run(&folder, arguments, "").unwrap_err().to_string();
        assert!(refused.contains("locutor users list"), "{refused}");
    }
    assert_eq!(run(&folder, &["list"], "").unwrap(), "");
}

#[test]
fn a_reset_prints_a_link_whose_token_sets_a_password() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    run(&folder, &[&ADA[..], &["--generate-password"]].concat(), "").unwrap();
    let text = run(&folder, &["reset", "ada@example.org"], "").unwrap();
    assert!(text.contains("/auth/pages/reset-password#token="), "{text}");
    let reset = json(&folder, &["reset", "ADA@example.org"], "");
    let token = reset["token"].as_str().unwrap();
    assert!(reset["link"].as_str().unwrap().ends_with(token));
    beside(&folder, async |platform, _| {
        let origin = Origin::command_line();
        let outcome = platform.accounts.reset(token, PASSWORD, &origin).await;
        outcome.unwrap();
    });
    assert!(opens(&folder, "ada@example.org", PASSWORD));
}

#[test]
fn administrators_come_and_go_and_all_is_audited() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    run(&folder, &[&ADA[..], &["--generate-password"]].concat(), "").unwrap();
    let admin = |arguments: &[&str]| json(&folder, arguments, "")["instance_admin"].clone();
    assert_eq!(admin(&["make-admin", "ada@example.org"]), true);
    assert_eq!(json(&folder, &["list"], "")[0]["instance_admin"], true);
    assert_eq!(admin(&["make-admin", "ada@example.org", "--revoke"]), false);
    assert_eq!(json(&folder, &["list"], "")[0]["instance_admin"], false);
    run(&folder, &["reset", "ada@example.org"], "").unwrap();
    run(&folder, &["remove", "ada@example.org"], "").unwrap();
    assert_eq!(json(&folder, &["list"], ""), json!([]));
    let actions = beside(&folder, async |platform, database| {
        let secret = &platform.foundation.secret;
        let audit: AuditService = app::audit_service(database, secret);
        assert!(audit.verify(None).await.unwrap().fault.is_none());
        let page = audit.list(&Filter::default(), None, 50).await.unwrap();
        let actions = page.data.into_iter().rev().map(|event| event.action);
        actions.collect::<Vec<_>>()
    });
    let wanted = [
        "account.create",
        "account.set_admin",
        "account.set_admin",
        "account.reset",
        "account.remove",
    ];
    assert_eq!(actions, wanted);
}
