//! `locutor users`: create, list, change and remove accounts. Works beside a running server, which
//! notices within seconds.

mod password;
#[cfg(test)]
mod tests;

use std::io::BufRead;

use anyhow::{Context, anyhow, ensure};
use clap::{Args, Subcommand};
use serde_json::json;

use self::password::PasswordSource;
use super::{Settings, output};
use crate::{
    app::{self, DataFolder, Platform, block_on, open_database},
    config::Configuration,
    features::accounts::{AccountService, ListedAccount, NewAccount},
    http::{EmailAddress, Fault, Line},
    letters,
};

/// Accounts that are read at once.
const PAGE: u64 = 500;
/// Most characters of a name, as over HTTP.
const MOST_NAME: usize = 200;

/// Create, list, change and remove accounts.
#[derive(Debug, Args)]
pub struct Users {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create an account whose address needs no proof.
    Create(Create),
    /// List all accounts, and registrations that wait for the proof of their address.
    List,
    /// Remove an account with its sessions and its personal organisation.
    Remove {
        /// Address of the account.
        #[arg(value_parser = EmailAddress::new)]
        email: EmailAddress,
    },
    /// End an account's sessions and print a link that sets a new password.
    Reset {
        /// Address of the account.
        #[arg(value_parser = EmailAddress::new)]
        email: EmailAddress,
    },
    /// Let an account manage the server as a whole, as an owner of the first organisation too.
    MakeAdmin {
        /// Address of the account.
        #[arg(value_parser = EmailAddress::new)]
        email: EmailAddress,
        /// Take that back.
        #[arg(long)]
        revoke: bool,
    },
}

#[derive(Debug, Args)]
struct Create {
    /// Address of the person.
    #[arg(long, value_parser = EmailAddress::new)]
    email: EmailAddress,
    /// What to call them.
    #[arg(long, value_parser = name)]
    name: String,
    /// Let the account manage the server as a whole.
    #[arg(long)]
    admin: bool,
    #[command(flatten)]
    password: PasswordSource,
}

/// What the commands work with.
struct Desk<'a> {
    configuration: &'a Configuration,
    accounts: AccountService,
    json: bool,
}

impl Users {
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let text = self.run_with(settings, &mut std::io::stdin().lock())?;
        if text.is_empty() {
            return Ok(());
        }
        output::line(text)
    }

    /// The same with another standard input; what it prints.
    fn run_with(self, settings: &Settings, input: &mut dyn BufRead) -> anyhow::Result<String> {
        let configuration = settings.load()?;
        let folder = DataFolder::prepare(&configuration.data.dir)?;
        block_on(async {
            let database = open_database(&configuration, &folder).await?;
            let platform = Platform::build(&configuration, &folder, &database)?;
            let desk = Desk {
                configuration: &configuration,
                accounts: platform.accounts,
                json: settings.json,
            };
            match self.command {
                Command::Create(create) => desk.create(create, input).await,
                Command::List => desk.list().await,
                Command::Remove { email } => desk.remove(&email).await,
                Command::Reset { email } => desk.reset(&email).await,
                Command::MakeAdmin { email, revoke } => desk.make_admin(&email, !revoke).await,
            }
        })
    }
}

impl Desk<'_> {
    async fn create(&self, create: Create, input: &mut dyn BufRead) -> anyhow::Result<String> {
        let rules = &self.configuration.auth.password;
        let password = create.password.password(rules, input)?;
        let (email, name) = (create.email, create.name);
        let new = NewAccount {
            email: email.clone(),
            password: password.text().to_owned(),
            name: name.clone(),
            invitation: None,
        };
        let id = self
            .accounts
            .create(new, create.admin)
            .await
            .map_err(failed)?;
        let generated = password.to_show();
        if self.json {
            let mut created = json!({
                "id": id, "email": email, "name": name, "instance_admin": create.admin,
            });
            if let Some(password) = generated {
                created["password"] = password.into();
            }
            return Ok(serde_json::to_string_pretty(&created)?);
        }
        let created = format!("created {} with the id {id}", email.as_str());
        Ok(match generated {
            Some(password) => format!("{created}\npassword (shown only now): {password}"),
            None => created,
        })
    }

    async fn list(&self) -> anyhow::Result<String> {
        let mut all: Vec<ListedAccount> = Vec::new();
        loop {
            let after = all.last().map(|account| account.id);
            let page = self.accounts.page(after, PAGE).await?;
            if page.is_empty() {
                break;
            }
            all.extend(page);
        }
        if self.json {
            return Ok(serde_json::to_string_pretty(&all)?);
        }
        let lines: Vec<String> = all.iter().map(line).collect();
        Ok(lines.join("\n"))
    }

    async fn remove(&self, email: &EmailAddress) -> anyhow::Result<String> {
        let removed = self.accounts.remove_by_email(email).await.map_err(failed)?;
        let removed = removed.with_context(|| missing(email))?;
        self.told(
            &json!({ "email": email, "removed": removed }),
            format!("removed {}", email.as_str()),
        )
    }

    async fn reset(&self, email: &EmailAddress) -> anyhow::Result<String> {
        let token = self.accounts.begin_reset(email).await.map_err(failed)?;
        let token = token.with_context(|| missing(email))?;
        let public_url = app::public_url(self.configuration);
        let link = letters::link(&public_url, "reset-password", &token);
        let minutes = self.configuration.auth.recovery_minutes;
        let text = format!(
            "{} was logged out everywhere. This link sets a new password, once, within {minutes} minutes:\n{link}",
            email.as_str()
        );
        let told = json!({
            "email": email, "link": link, "token": token, "minutes": minutes,
        });
        self.told(&told, text)
    }

    async fn make_admin(&self, email: &EmailAddress, admin: bool) -> anyhow::Result<String> {
        let changed = self.accounts.set_instance_admin(email, admin).await;
        let id = changed.map_err(failed)?.with_context(|| missing(email))?;
        let state = if admin {
            "is now an administrator"
        } else {
            "is no administrator any more"
        };
        self.told(
            &json!({ "id": id, "email": email, "instance_admin": admin }),
            format!("{} {state}", email.as_str()),
        )
    }

    fn told(&self, json: &serde_json::Value, text: String) -> anyhow::Result<String> {
        if self.json {
            return Ok(serde_json::to_string_pretty(json)?);
        }
        Ok(text)
    }
}

fn line(account: &ListedAccount) -> String {
    let role = if account.instance_admin {
        "admin"
    } else {
        "user"
    };
    let state = if account.verified {
        "verified"
    } else {
        "waiting"
    };
    let (id, created, email, name) = (
        account.id,
        account.created_at,
        &account.email,
        &account.name,
    );
    format!("{id}  {role:<5}  {state:<8}  {created}  {email}  {name}")
}

/// A name of one line, as over HTTP.
fn name(text: &str) -> anyhow::Result<String> {
    let name = Line::new(text.trim())
        .map_err(anyhow::Error::msg)?
        .into_string();
    let length = name.chars().count();
    ensure!(
        (1..=MOST_NAME).contains(&length),
        "has {length} characters; take 1 to {MOST_NAME}"
    );
    Ok(name)
}

fn missing(email: &EmailAddress) -> String {
    format!(
        "no account has the address {}; `locutor users list` shows all",
        email.as_str()
    )
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands where `map_err` takes a function of the error"
)]
fn failed(fault: Fault) -> anyhow::Error {
    anyhow!("{}", fault.message)
}
