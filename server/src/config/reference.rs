//! The reference page of all settings, written from what stands above them in the code.

use serde_json::Value;

use super::{
    Configuration,
    setting::{Kind, Section, Setting, sections},
};

/// Defaults that differ from machine to machine, in words.
const OF_THE_MACHINE: [(&str, &str); 2] = [
    (
        "data.dir",
        "`locutor` in the platform's folder for application data, e.g. `~/.local/share/locutor`",
    ),
    (
        "engine.models_dir",
        "`locutor/models` in the platform's folder for caches, e.g. `~/.cache/locutor/models`",
    ),
];

const INTRODUCTION: &str = "\
# Configuration

Made by `locutor config reference --output server/configuration.md` from the code; do not edit it.

Settings come from four places; each beats those before it:

1. the defaults below,
2. a TOML file, named by `--config FILE` or `LOCUTOR_CONFIG`,
3. the environment, under the names below,
4. options of the command line: `--listen`, `--data-dir`, `--models-dir` and `--log`, or their variables
   `LOCUTOR_LISTEN`, `LOCUTOR_DATA_DIR`, `LOCUTOR_MODELS_DIR` and `LOCUTOR_LOG`.

In the environment a list has commas between its entries, e.g. `LOCUTOR_PROXIES__TRUSTED=10.0.0.0/8,::1/128`.
Names that do not exist are errors. `locutor config check` finds every mistake without starting anything,
`locutor config print` shows what is in force; it leaves secrets out.
";

impl Configuration {
    /// All settings with their types, defaults and meanings, in Markdown.
    pub fn reference() -> String {
        let sections: Vec<String> = sections().iter().map(section).collect();
        format!("{INTRODUCTION}\n{}", sections.join("\n"))
    }
}

fn section(section: &Section) -> String {
    let (path, description) = (&section.path, &section.description);
    let title = if section.repeated {
        format!("`[[{path}]]`")
    } else {
        format!("`[{path}]`")
    };
    let rows: String = section
        .settings
        .iter()
        .map(|setting| row(section, setting))
        .collect();
    format!(
        "## {title}\n\n{description}\n\n| Setting | Takes | Default | Meaning |\n| --- | --- | --- | --- |\n{rows}"
    )
}

fn row(section: &Section, setting: &Setting) -> String {
    let name = &setting.name;
    let variable = if section.repeated {
        String::new()
    } else {
        format!("<br>`{}`", variable(&section.path, name))
    };
    let cells = [
        format!("`{name}`{variable}"),
        takes(&setting.kind),
        default(section, setting),
        setting.description.clone(),
    ];
    let cells = cells.map(|cell| cell.replace('|', "\\|"));
    format!("| {} |\n", cells.join(" | "))
}

/// What sets it from the environment.
fn variable(section: &str, name: &str) -> String {
    let section = section.replace('.', "__");
    format!("LOCUTOR_{section}__{name}").to_uppercase()
}

fn takes(kind: &Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Path => "path".to_owned(),
        Kind::Secret => "secret text".to_owned(),
        Kind::Rate => "rate".to_owned(),
        Kind::Number => "whole number".to_owned(),
        Kind::Flag => "`true` or `false`".to_owned(),
        Kind::List => "list of texts".to_owned(),
        Kind::Choice(names) => {
            let names: Vec<String> = names.iter().map(|name| format!("`\"{name}\"`")).collect();
            names.join(", ")
        }
    }
}

fn default(section: &Section, setting: &Setting) -> String {
    let path = format!("{}.{}", section.path, setting.name);
    if let Some((_, words)) = OF_THE_MACHINE.iter().find(|(known, _)| *known == path) {
        return (*words).to_owned();
    }
    match &setting.default {
        Value::Null if setting.required => "required".to_owned(),
        Value::Null => "none".to_owned(),
        Value::Number(number) => format!("`{number}`{}", size(&setting.name, number.as_u64())),
        value => format!("`{value}`"),
    }
}

/// Large numbers of bytes for people.
fn size(name: &str, value: Option<u64>) -> String {
    match value {
        Some(bytes) if name.ends_with("bytes") && bytes > 0 && bytes % (1 << 20) == 0 => {
            format!(" ({} MiB)", bytes >> 20)
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_page_is_current() {
        let committed = include_str!("../../configuration.md");
        assert!(
            committed == Configuration::reference(),
            "server/configuration.md is out of date; run `locutor config reference --output server/configuration.md`"
        );
    }

    #[test]
    fn every_setting_has_a_line_with_its_variable() {
        let page = Configuration::reference();
        for line in [
            "## `[auth.password]`",
            "| `least_characters`<br>`LOCUTOR_AUTH__PASSWORD__LEAST_CHARACTERS` | whole number | `12` |",
            "| `url`<br>`LOCUTOR_REDIS__URL` | secret text | none | A Redis server",
            "| `bytes`<br>`LOCUTOR_CACHE__BYTES` | whole number | `67108864` (64 MiB) |",
            "| `login`<br>`LOCUTOR_RATE_LIMITS__LOGIN` | rate | `\"3/minute\"` |",
            "## `[[access.rules]]`",
            "| `effect` | `\"allow\"`, `\"deny\"` | required |",
        ] {
            assert!(page.contains(line), "{line}\n{page}");
        }
    }

    /// A default that is a path comes from the machine: the page must not have it.
    #[test]
    fn no_folder_of_this_machine_is_on_the_page() {
        for section in sections() {
            for setting in &section.settings {
                let path = format!("{}.{}", section.path, setting.name);
                let described = OF_THE_MACHINE.iter().any(|(known, _)| *known == path);
                let has_path = setting.kind == Kind::Path && !setting.default.is_null();
                assert_eq!(described, has_path, "{path}");
            }
        }
    }
}
