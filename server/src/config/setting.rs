//! All settings as data: where each stands, what it takes, its default and what it means.
//!
//! schemas that utoipa derives from the structs (types and doc comments) + the defaults as JSON ->
//! [`Section`]s. The reference page, the print without secrets and the tests go by them, so a new
//! setting is known to all of these without being listed anywhere.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::{Configuration, secret};

/// A table of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Its name, e.g. `auth.password`.
    pub path: String,
    /// Whether it may come several times, as `[[access.rules]]`.
    pub repeated: bool,
    /// What it is about.
    pub description: String,
    /// What can be set in it.
    pub settings: Vec<Setting>,
}

/// One setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Its name in the section.
    pub name: String,
    /// What it takes.
    pub kind: Kind,
    /// Its default; null where it may be absent.
    pub default: Value,
    /// Whether an entry of a repeated section must have it.
    pub required: bool,
    /// What it means.
    pub description: String,
}

/// What a setting takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Anything.
    Text,
    /// A file or folder.
    Path,
    /// What nobody may see.
    Secret,
    /// Permits in a period.
    Rate,
    /// A whole number.
    Number,
    /// Yes or no.
    Flag,
    /// One of these.
    Choice(Vec<String>),
    /// A list of texts.
    List,
}

/// All sections, in the order of the structs.
pub fn sections() -> Vec<Section> {
    let schemas = Schemas::collect();
    let defaults = serde_json::to_value(Configuration::default()).unwrap_or_default();
    let mut found = Vec::new();
    schemas.walk(&schemas.root, &[], &defaults, &mut found);
    found
}

/// Where the secrets are, e.g. `auth.secret`.
pub fn secrets() -> Vec<String> {
    let paths = sections().into_iter().flat_map(|section| {
        let secret = |setting: &&Setting| setting.kind == Kind::Secret;
        let path = |setting: &Setting| format!("{}.{}", section.path, setting.name);
        let paths: Vec<String> = section.settings.iter().filter(secret).map(path).collect();
        paths
    });
    paths.collect()
}

/// The schemas by name, as JSON: so they are walked alike whatever type each of them is of.
struct Schemas {
    root: Value,
    named: BTreeMap<String, Value>,
}

impl Schemas {
    fn collect() -> Self {
        let mut named = Vec::new();
        Configuration::schemas(&mut named);
        let json = |schema| serde_json::to_value(schema).unwrap_or_default();
        Self {
            root: json(Configuration::schema()),
            named: named
                .into_iter()
                .map(|(name, schema)| (name, json(schema)))
                .collect(),
        }
    }

    /// What a reference means, or an alternative of nothing.
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        if let Some(inner) = alternative(schema) {
            return self.resolve(inner);
        }
        let name = schema["$ref"]
            .as_str()
            .and_then(|path| path.rsplit('/').next());
        match name.and_then(|name| self.named.get(name)) {
            Some(schema) => self.resolve(schema),
            None => schema,
        }
    }

    /// Adds the section that `schema` describes, and those in it.
    fn walk(&self, schema: &Value, path: &[&str], defaults: &Value, found: &mut Vec<Section>) {
        let mut section = Section {
            path: path.join("."),
            repeated: false,
            description: text(&schema["description"]),
            settings: Vec::new(),
        };
        let mut inner = Vec::new();
        for name in names(path) {
            let (property, default) = (&schema["properties"][&name], &defaults[&name]);
            let resolved = self.resolve(property);
            let items = self.resolve(&resolved["items"]);
            let path = [path, &[name.as_str()]].concat();
            if resolved["properties"].is_object() {
                self.walk(resolved, &path, default, &mut inner);
            } else if items["properties"].is_object() {
                let first = inner.len();
                self.walk(items, &path, &Value::Null, &mut inner);
                inner[first].repeated = true;
                inner[first].description = description(property);
            } else {
                let setting = setting(&name, schema, (property, resolved), default.clone());
                section.settings.push(setting);
            }
        }
        if !path.is_empty() {
            found.push(section);
        }
        found.append(&mut inner);
    }
}

/// The names in a section in the order of its struct, which the schemas do not keep: serde names
/// them all when it meets one that it does not know.
fn names(path: &[&str]) -> Vec<String> {
    let nested = |innermost: Value| {
        let wrap = |inner, name: &&str| json!({ *name: inner });
        let settings = path.iter().rev().fold(innermost, wrap);
        let error = serde_json::from_value::<Configuration>(settings).err();
        error.map(|error| error.to_string()).unwrap_or_default()
    };
    let unknown = json!({ "?": null });
    let found = [nested(unknown.clone()), nested(json!([unknown]))];
    let listed = found
        .iter()
        .find_map(|message| message.strip_prefix("unknown field `?`, expected "))
        .unwrap_or_default();
    let names = listed.split('`').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

fn setting(
    name: &str,
    section: &Value,
    (property, resolved): (&Value, &Value),
    default: Value,
) -> Setting {
    let required = section["required"].as_array().into_iter().flatten();
    Setting {
        name: name.to_owned(),
        kind: kind(resolved),
        default,
        required: required.into_iter().any(|required| required == name),
        description: description(property),
    }
}

fn kind(schema: &Value) -> Kind {
    if let Some(values) = schema["enum"].as_array() {
        let names = values.iter().filter_map(Value::as_str);
        return Kind::Choice(names.map(str::to_owned).collect());
    }
    let is = |name: &str| {
        let kind = &schema["type"];
        kind == name
            || kind
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one == name))
    };
    match schema["format"].as_str() {
        Some(format) if format == secret::FORMAT => Kind::Secret,
        Some("path") => Kind::Path,
        Some("rate") => Kind::Rate,
        _ if is("boolean") => Kind::Flag,
        _ if is("integer") => Kind::Number,
        _ if is("array") => Kind::List,
        _ => Kind::Text,
    }
}

/// What is written above the setting itself, not above its type.
fn description(property: &Value) -> String {
    let own = text(&property["description"]);
    match alternative(property) {
        Some(inner) if own.is_empty() => text(&inner["description"]),
        _ => own,
    }
}

/// Of a value or nothing: the value.
fn alternative(schema: &Value) -> Option<&Value> {
    let all = ["oneOf", "anyOf", "allOf"]
        .into_iter()
        .find_map(|name| schema[name].as_array())?;
    all.iter().find(|one| one["type"] != "null")
}

/// On one line.
fn text(value: &Value) -> String {
    let words: Vec<&str> = value
        .as_str()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> Vec<(String, Setting)> {
        let named = |section: Section| {
            let path = section.path;
            section
                .settings
                .into_iter()
                .map(move |setting| (format!("{path}.{}", setting.name), setting))
        };
        sections().into_iter().flat_map(named).collect()
    }

    #[test]
    fn every_section_and_setting_says_what_it_is_for() {
        for section in sections() {
            assert!(!section.description.is_empty(), "[{}]", section.path);
            assert!(!section.settings.is_empty(), "[{}]", section.path);
        }
        for (path, setting) in every() {
            let words = setting.description.split(' ').count();
            assert!(words >= 2 && setting.description.ends_with('.'), "{path}");
        }
    }

    /// What serde writes, and every property of the schemas, is there.
    #[test]
    fn nothing_is_missing() {
        fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
            match value.as_object() {
                Some(fields) => {
                    for (name, value) in fields {
                        leaves(
                            value,
                            format!("{path}.{name}").trim_start_matches('.'),
                            found,
                        );
                    }
                }
                None => found.push(path.to_owned()),
            }
        }
        let mut written = Vec::new();
        let defaults = serde_json::to_value(Configuration::default()).unwrap();
        leaves(&defaults, "", &mut written);
        assert!(written.len() > 60, "{written:?}");
        let every = every();
        let properties = Schemas::collect()
            .named
            .into_values()
            .chain([Schemas::collect().root]);
        let fields = properties.filter_map(|one| Some(one["properties"].as_object()?.len()));
        // All but the names of the sections themselves.
        let shown = every.len() + sections().len();
        assert_eq!(
            fields.sum::<usize>(),
            shown,
            "every field of every struct is shown"
        );
        let repeated = |path: &String| sections().iter().any(|section| section.path == *path);
        for path in written {
            let known = every.iter().any(|(known, _)| *known == path);
            assert!(known || repeated(&path), "{path}");
        }
    }

    #[test]
    fn kinds_and_places_are_told_apart() {
        let kind = |path: &str| {
            let found = every().into_iter().find(|(known, _)| known == path);
            found.unwrap_or_else(|| panic!("no {path}")).1.kind
        };
        assert_eq!(kind("auth.secret"), Kind::Secret);
        assert_eq!(kind("auth.password.digit"), Kind::Flag);
        assert_eq!(kind("tls.key"), Kind::Path);
        assert_eq!(kind("data.dir"), Kind::Path);
        assert_eq!(kind("rate_limits.login"), Kind::Rate);
        assert_eq!(kind("mail.port"), Kind::Number);
        assert_eq!(kind("proxies.trusted"), Kind::List);
        assert_eq!(kind("server.listen"), Kind::Text);
        let choice = Kind::Choice(vec!["enforce".into(), "dry_run".into()]);
        assert_eq!(kind("access.mode"), choice);
        let rules = sections()
            .into_iter()
            .find(|one| one.path == "access.rules");
        assert!(rules.unwrap().repeated);
        let password = sections()
            .into_iter()
            .find(|one| one.path == "auth.password");
        let names: Vec<String> = password
            .unwrap()
            .settings
            .into_iter()
            .map(|one| one.name)
            .collect();
        assert_eq!(
            names[..3],
            ["least_characters", "most_characters", "least_strength"]
        );
        let secrets = secrets();
        for path in ["auth.secret", "database.url", "redis.url", "mail.password"] {
            assert!(secrets.iter().any(|known| known == path), "{path}");
        }
    }
}
