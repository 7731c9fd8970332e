//! Another organisation's things: on every route with an id in its path, the victim's id gives 403
//! or 404 to the attacker and changes nothing.
//!
//! The victim first makes one of everything that the document says can be made; what its lists then
//! show are the ids to attack with.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use locutor_tests::Server;
use serde_json::Value;

use crate::{
    accounts::{self, Person},
    client::Client,
    routes::{self, Operation},
    tally::Kind,
};

/// Lists by path, each with the ids in it.
type Ids = BTreeMap<String, Vec<String>>;

/// Not a thing of an organisation: models are everybody's, and `/admin` is judged by its scope.
fn shared(operation: &Operation) -> bool {
    operation.path.starts_with("/v1") || operation.path.starts_with("/docs")
}

/// Makes one of each thing, for there to be something to attack. Not everything can be made so;
/// what could not shows in the count of ids.
fn furnish(victim: &Client<'_>, operations: &[Operation]) -> Result<()> {
    let makes = |operation: &&Operation| {
        operation.method == "POST"
            && operation.names.is_empty()
            && operation.body.is_some()
            && !shared(operation)
            && !operation.ends_the_session()
    };
    let lists: Vec<_> = operations
        .iter()
        .filter(|operation| operation.method == "GET")
        .map(|operation| operation.path.as_str())
        .collect();
    for operation in operations.iter().filter(makes) {
        if lists.contains(&operation.path.as_str()) {
            victim.patient("POST", &operation.path, operation.body.as_ref())?;
        }
    }
    Ok(())
}

/// Every `id` in a reply.
fn ids_in(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(id) if name == "id" && !found.contains(&id.to_owned()) => {
                        found.push(id.to_owned());
                    }
                    _ => ids_in(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| ids_in(item, found)),
        _ => {}
    }
}

/// What the client's lists show, lists within its things included.
fn ids(client: &Client<'_>, operations: &[Operation]) -> Result<Ids> {
    let mut ids = Ids::new();
    let mut lists: Vec<_> = operations
        .iter()
        .filter(|operation| operation.method == "GET" && operation.secured)
        .filter(|operation| !shared(operation) && !operation.ends_the_session())
        .collect();
    lists.sort_by_key(|operation| operation.names.len());
    for list in lists {
        let parent = list.names.first().map(|_| own(&ids, &list.path));
        for id in parent.unwrap_or_else(|| vec![String::new()]) {
            let path = filled(list, &id);
            let reply = client.patient("GET", &path, None)?;
            if reply.status == 200 {
                let found = ids.entry(list.path.clone()).or_default();
                ids_in(&reply.json().unwrap_or(Value::Null), found);
            }
        }
    }
    Ok(ids)
}

/// The ids that fit the path's first name: those of the list that the path starts with.
fn own(ids: &Ids, path: &str) -> Vec<String> {
    let list = path.split("/{").next().unwrap_or_default();
    ids.get(list).cloned().unwrap_or_default()
}

/// The path with the id at its first name and the last name too, where there are several.
fn filled(operation: &Operation, id: &str) -> String {
    operation.path_with(|_| id.to_owned())
}

/// What looking itself changes.
const TELLS_OF_LOOKING: [&str; 4] = [
    "/admin/audit",
    "/admin/audit/export",
    "/admin/errors",
    "/admin/usage",
];

/// What the client can see of its things, without what changes by itself.
fn state(client: &Client<'_>, ids: &Ids) -> Result<BTreeMap<String, String>> {
    let mut state = BTreeMap::new();
    let lists = ids.keys().filter(|list| !list.contains('{'));
    for list in lists.filter(|list| !TELLS_OF_LOOKING.contains(&list.as_str())) {
        let reply = client.patient("GET", list, None)?;
        let mut body = reply.json().unwrap_or(Value::Null);
        settle(&mut body);
        state.insert(list.clone(), format!("{} {body}", reply.status));
    }
    Ok(state)
}

/// Removes when something was last used, and how far a job has come.
fn settle(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| {
                !name.starts_with("last_")
                    && !["status", "indexed_at", "chunks", "exported_at"].contains(&name.as_str())
            });
            fields.values_mut().for_each(settle);
        }
        Value::Array(items) => items.iter_mut().for_each(settle),
        _ => {}
    }
}

/// With the victim's ids where they fit, else with each of them: whatever they name, it is not the
/// attacker's.
fn targets(ids: &Ids, operation: &Operation) -> Vec<String> {
    let fitting = own(ids, &operation.path);
    if !fitting.is_empty() {
        return fitting;
    }
    let mut all: Vec<_> = ids.values().flatten().cloned().collect();
    all.sort();
    all.dedup();
    all
}

fn attack(server: &Server, kind: &mut Kind, operations: &[Operation]) -> Result<()> {
    let victim = Person::enter(server)?.1.client(server);
    let attacker = Person::enter(server)?.1.client(server);
    furnish(&victim, operations)?;
    furnish(&attacker, operations)?;
    let mut targets_of = ids(&victim, operations)?;
    let known = ids(&attacker, operations)?;
    let mine: Vec<_> = known.into_values().flatten().collect();
    for ids in targets_of.values_mut() {
        ids.retain(|id| !mine.contains(id));
    }
    ensure!(
        targets_of.values().any(|ids| !ids.is_empty()),
        "the victim has nothing: {targets_of:?}"
    );
    let before = state(&victim, &targets_of)?;
    for operation in operations
        .iter()
        .filter(|operation| !operation.names.is_empty() && !shared(operation))
    {
        for id in targets(&targets_of, operation) {
            let path = filled(operation, &id);
            let reply = attacker.patient(&operation.method, &path, operation.body.as_ref())?;
            kind.case(format!("{} {path}", operation.method), || {
                ensure!(
                    [403, 404].contains(&reply.status),
                    "{}: {}",
                    reply.status,
                    reply.text()
                );
                Ok(())
            });
        }
    }
    kind.case("what the victim has afterwards", || {
        let after = state(&victim, &targets_of)?;
        ensure!(after == before, "{before:#?} became {after:#?}");
        Ok(())
    });
    Ok(())
}

#[test]
fn ids_of_another_organisation() -> Result<()> {
    let server = accounts::server()?;
    let operations = routes::all(&server)?;
    let mut kind = Kind::new("another organisation's ids");
    attack(&server, &mut kind, &operations)?;
    kind.finish()
}

/// Lists show nothing of others, whatever they are asked to filter by.
#[test]
fn lists_of_another_organisation() -> Result<()> {
    let server = accounts::server()?;
    let operations = routes::all(&server)?;
    let (person, session) = Person::enter(&server)?;
    let victim = session.client(&server);
    furnish(&victim, &operations)?;
    let theirs: Vec<_> = ids(&victim, &operations)?.into_values().flatten().collect();
    ensure!(!theirs.is_empty(), "the victim has nothing");
    let attacker = Person::enter(&server)?.1.client(&server);
    let mut kind = Kind::new("another organisation's lists");
    for operation in &operations {
        if operation.method != "GET"
            || !operation.names.is_empty()
            || shared(operation)
            || operation.ends_the_session()
        {
            continue;
        }
        let mut paths = vec![operation.path.clone()];
        for name in &operation.query {
            paths.extend(
                theirs
                    .iter()
                    .map(|id| format!("{}?{name}={id}", operation.path)),
            );
        }
        for path in paths {
            let reply = attacker.patient("GET", &path, None)?;
            kind.case(&path, || {
                let mut seen = Vec::new();
                ids_in(&reply.json().unwrap_or(Value::Null), &mut seen);
                let leaked: Vec<_> = seen.iter().filter(|id| theirs.contains(id)).collect();
                ensure!(leaked.is_empty(), "{leaked:?}");
                ensure!(
                    !reply.text().contains(&person.email),
                    "the victim's address"
                );
                Ok(())
            });
        }
    }
    kind.finish()
}
