//! Reading the layers setting by setting, to find every mistake and not only the first.
//!
//! layers -> one value per setting -> each is read by itself, which works because every section has
//! defaults -> the good ones together are a configuration, the others are problems.

use std::path::Path;

use config::{Map, Value, ValueKind};

use super::{
    Configuration, Overrides,
    load::{environment, explained, layers},
    setting::{Kind, sections},
};

/// A value and the names that lead to it.
type Leaf = (Vec<String>, Value);

impl Configuration {
    /// What can be read of the layers that [`Configuration::load`] takes, and what is wrong with the rest.
    ///
    /// # Errors
    /// When the file is missing or no TOML.
    pub fn inspect(
        file: Option<&Path>,
        overrides: &Overrides,
    ) -> anyhow::Result<(Self, Vec<String>)> {
        let merged = layers(file, environment(), overrides)?.cache;
        Ok(read(merged))
    }
}

fn read(merged: Value) -> (Configuration, Vec<String>) {
    let mut leaves = Vec::new();
    collect(Vec::new(), merged, &mut leaves);
    let mut good = Value::new(None, ValueKind::Table(Map::new()));
    let mut problems: Vec<String> = Vec::new();
    for (path, value) in leaves {
        let wrong = problems_of(&path, &value);
        if wrong.is_empty() {
            insert(&mut good, &path, value);
        }
        problems.extend(wrong);
    }
    problems.sort();
    problems.dedup();
    match good.try_deserialize() {
        Ok(configuration) => (configuration, problems),
        Err(error) => {
            problems.push(explained(&error.to_string()));
            (Configuration::default(), problems)
        }
    }
}

/// Tables are taken apart, except empty ones: their name may be wrong, too.
fn collect(path: Vec<String>, value: Value, leaves: &mut Vec<Leaf>) {
    match value.kind {
        ValueKind::Table(inner) if !inner.is_empty() || path.is_empty() => {
            for (name, value) in inner {
                let mut path = path.clone();
                path.push(name);
                collect(path, value, leaves);
            }
        }
        _ => leaves.push((path, value)),
    }
}

/// Of a list, those of each entry.
fn problems_of(path: &[String], value: &Value) -> Vec<String> {
    let Some(whole) = problem(path, value.clone()) else {
        return Vec::new();
    };
    let ValueKind::Array(entries) = &value.kind else {
        return vec![whole];
    };
    let each = entries.iter().filter_map(|entry| {
        let alone = ValueKind::Array(vec![entry.clone()]);
        let problem = problem(path, Value::new(None, alone))?;
        // Texts tell which entry it is; tables are told by what is wrong with them.
        Some(match &entry.kind {
            ValueKind::String(text) => format!("{problem}: `{text}`"),
            _ => problem,
        })
    });
    let mut each: Vec<String> = each.collect();
    if each.is_empty() {
        each.push(whole);
    }
    each
}

fn problem(path: &[String], value: Value) -> Option<String> {
    let written = value.to_string();
    let mut alone = Value::new(None, ValueKind::Table(Map::new()));
    insert(&mut alone, path, value);
    let error = alone.try_deserialize::<Configuration>().err()?.to_string();
    // The library's own word for the place, which counts list entries from the one that is left.
    let (message, place) = error.rsplit_once(" for key `").unwrap_or((&error, ""));
    let origin = place.split_once("` in ").map(|(_, origin)| origin);
    let origin = origin.map_or_else(String::new, |origin| format!(" (in {origin})"));
    let message = match choices(&path.join(".")) {
        Some(names) => format!("`{written}` is none of {names}"),
        None => explained(message),
    };
    Some(format!("{}: {message}{origin}", place_of(path, &message)))
}

/// The name that is wrong: of an unknown section itself, not of what is in it.
fn place_of(path: &[String], message: &str) -> String {
    let unknown = message.strip_prefix("unknown field `");
    let unknown = unknown.and_then(|rest| rest.split('`').next());
    let last = path.iter().position(|name| Some(name.as_str()) == unknown);
    path[..last.map_or(path.len(), |last| last + 1)].join(".")
}

/// What a setting takes that is one of a few words.
fn choices(path: &str) -> Option<String> {
    let (section, name) = path.rsplit_once('.')?;
    let section = sections().into_iter().find(|one| one.path == section)?;
    let setting = section.settings.into_iter().find(|one| one.name == name)?;
    let Kind::Choice(names) = setting.kind else {
        return None;
    };
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    Some(names.join(", "))
}

fn insert(tree: &mut Value, path: &[String], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *tree = value;
        return;
    };
    if let ValueKind::Table(inner) = &mut tree.kind {
        let empty = || Value::new(None, ValueKind::Table(Map::new()));
        insert(
            inner.entry(first.clone()).or_insert_with(empty),
            rest,
            value,
        );
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn inspect(text: &str) -> (Configuration, Vec<String>) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let merged = layers(Some(file.path()), Map::new(), &Overrides::default());
        read(merged.unwrap().cache)
    }

    #[test]
    fn all_mistakes_are_found_at_once_and_the_rest_is_read() {
        let (configuration, problems) = inspect(
            "[limits]\nupload_bites = 1\njson_bytes = 'many'\ndocument_bytes = 7\n\
             [rate_limits]\nlogin = '3/week'\nuser = '5/day'\n\
             [auth]\nsecret = '(secret)'\nregistration = 'opened'\npassword.digits = true\n\
             [sever]\n[logs]\nfilter = 'a'\nformat = 'b'\n\
             [proxies]\ntrusted = ['10.0.0.0/8', 'here', 'there']\n\
             [[access.rules]]\neffect = 'deny'\nnetwork = '203.0.113.0/24'\n\
             [[access.rules]]\neffect = 'deny'\n",
        );
        let found = |words: &[&str]| {
            let fits = |problem: &&String| words.iter().all(|word| problem.contains(word));
            let count = problems.iter().filter(fits).count();
            assert_eq!(count, 1, "{words:?} in {problems:#?}");
        };
        found(&["upload_bites", "did you mean `upload_bytes`?"]);
        found(&["limits.json_bytes"]);
        found(&["rate_limits.login", "3/week"]);
        found(&["auth.secret", "leave the setting out"]);
        found(&[
            "auth.registration",
            "`opened` is none of `open`, `invited`, `closed`",
        ]);
        found(&["digits", "did you mean `digit`?"]);
        found(&["sever", "did you mean `server`?"]);
        found(&["proxies.trusted: ", "`here`"]);
        found(&["proxies.trusted: ", "`there`"]);
        found(&["logs: unknown field `logs`", "did you mean `log`?"]);
        found(&["access.rules: ", "either"]);
        assert_eq!(problems.len(), 11, "{problems:#?}");
        assert_eq!(configuration.limits.document_bytes, 7);
        assert_eq!(configuration.rate_limits.user.to_string(), "5/day");
        assert_eq!(configuration.auth.secret, None);
    }

    #[test]
    fn a_good_file_has_no_problems_and_reads_as_ever() {
        let text = "[server]\nlisten = 'a:1'\n[cors]\norigins = ['https://one.example']\n\
                    [[access.rules]]\neffect = 'deny'\ncountry = 'PT'\n";
        let (configuration, problems) = inspect(text);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(configuration, toml::from_str(text).unwrap());
        assert_eq!(inspect("").0, Configuration::default());
    }
}
