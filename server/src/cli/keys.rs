//! `locutor keys`: create, list and revoke API keys. Works beside a running server.

use clap::{Args, Subcommand};
use uuid::Uuid;

use super::{Settings, output};
use crate::{
    access::Scope,
    app::{DataFolder, Platform, block_on, open_database},
    features::api_keys::{Key, KeyService, NewKey},
    http::Page,
};

/// Create, list and revoke API keys.
#[derive(Debug, Args)]
pub struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create a key and print it; it cannot be shown again.
    Create {
        /// What the key is for.
        #[arg(long)]
        name: String,
        /// Let the key manage other keys too.
        #[arg(long)]
        admin: bool,
    },
    /// List all keys, without their secrets.
    List,
    /// Make a key useless for good, in running servers within five seconds.
    Revoke {
        /// Id of the key as `list` shows it.
        id: Uuid,
    },
}

impl Keys {
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let configuration = settings.load()?;
        let folder = DataFolder::prepare(&configuration.data.dir)?;
        block_on(async {
            let database = open_database(&configuration, &folder).await?;
            let keys = Platform::build(&configuration, &folder, &database)?.keys;
            match self.command {
                Command::Create { name, admin } => create(&keys, name, admin, settings.json).await,
                Command::List => list(&keys, settings.json).await,
                Command::Revoke { id } => revoke(&keys, id, settings.json).await,
            }
        })
    }
}

async fn create(keys: &KeyService, name: String, admin: bool, json: bool) -> anyhow::Result<()> {
    let new = if admin {
        NewKey::admin(name)
    } else {
        NewKey::client(name)
    };
    let created = keys.create(new).await?;
    if json {
        output::json(&created)
    } else {
        output::line(&created.key)
    }
}

async fn all(keys: &KeyService) -> anyhow::Result<Vec<Key>> {
    let mut all = Vec::new();
    let mut page = Page::default();
    loop {
        let found = keys.list(None, &page).await?;
        all.extend(found.data);
        page.after = found.next;
        if page.after.is_none() {
            return Ok(all);
        }
    }
}

async fn list(keys: &KeyService, json: bool) -> anyhow::Result<()> {
    let all = all(keys).await?;
    if json {
        return output::json(&all);
    }
    for key in all {
        let state = if key.revoked_at.is_some() {
            "revoked"
        } else {
            "active"
        };
        let role = if key.scopes.contains(Scope::InstanceManage) {
            "admin"
        } else {
            "client"
        };
        let (id, prefix, name, created) = (key.id, key.prefix, key.name, key.created_at);
        output::line(format!(
            "{id}  {prefix}…  {role:<6}  {state:<7}  {created}  {name}"
        ))?;
    }
    Ok(())
}

async fn revoke(keys: &KeyService, id: Uuid, json: bool) -> anyhow::Result<()> {
    let Some(key) = keys.revoke(id, None, None).await? else {
        anyhow::bail!("no key has the id {id}; `locutor keys list` shows all");
    };
    if json {
        output::json(&key)
    } else {
        output::line(format!("revoked {}", key.name))
    }
}
