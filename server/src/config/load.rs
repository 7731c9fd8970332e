//! Reading the layers into one [`Configuration`].

use std::path::{Path, PathBuf};

use anyhow::Context;
use config::{Config, ConfigError, Environment, File, FileFormat, Map};

use super::Configuration;

/// What command-line options set.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--listen`.
    pub listen: Option<String>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--models-dir`.
    pub models_dir: Option<PathBuf>,
    /// `--log`.
    pub log: Option<String>,
}

impl Configuration {
    /// Reads the file (when one is given) and the environment, and puts the options on top.
    pub fn load(file: Option<&Path>, overrides: &Overrides) -> anyhow::Result<Self> {
        Self::from_layers(file, environment(), overrides)
    }

    fn from_layers(
        file: Option<&Path>,
        environment: Map<String, String>,
        overrides: &Overrides,
    ) -> anyhow::Result<Self> {
        layers(file, environment, overrides)
            .and_then(Config::try_deserialize)
            .map_err(|error| anyhow::anyhow!("{}", explained(&error.to_string())))
            .context("configuration (`locutor config print` shows every setting and its default)")
    }
}

/// All layers in one, not yet read as settings.
pub(super) fn layers(
    file: Option<&Path>,
    environment: Map<String, String>,
    overrides: &Overrides,
) -> Result<Config, ConfigError> {
    let mut builder = Config::builder();
    if let Some(path) = file {
        builder = builder.add_source(File::from(path).format(FileFormat::Toml));
    }
    for variables in variables(environment) {
        builder = builder.add_source(variables);
    }
    let text = |path: &PathBuf| path.display().to_string();
    builder
        .set_override_option("server.listen", overrides.listen.clone())?
        .set_override_option("data.dir", overrides.data_dir.as_ref().map(text))?
        .set_override_option("engine.models_dir", overrides.models_dir.as_ref().map(text))?
        .set_override_option("log.filter", overrides.log.clone())?
        .build()
}

/// The message, with what a misspelt name probably means.
pub(super) fn explained(message: &str) -> String {
    match suggestion(message) {
        Some(hint) => format!("{message}; {hint}"),
        None => message.to_owned(),
    }
}

/// The variables of this process, as far as they are text.
pub(super) fn environment() -> Map<String, String> {
    std::env::vars_os().filter_map(readable).collect()
}

/// What a misspelt name probably means. serde names it first, then those that there are.
fn suggestion(message: &str) -> Option<String> {
    /// Names that are less alike have nothing to do with each other.
    const ALIKE: f64 = 0.8;
    let (_, rest) = message.split_once("unknown field `")?;
    let mut names = rest.split('`').step_by(2);
    let unknown = names.next()?;
    let alike = |name: &str| strsim::jaro_winkler(unknown, name);
    let best = names.max_by(|a, b| alike(a).total_cmp(&alike(b)))?;
    (alike(best) >= ALIKE).then(|| format!("did you mean `{best}`?"))
}

fn readable((name, value): (std::ffi::OsString, std::ffi::OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}

/// Settings that are lists: in the environment their entries have commas between them.
const LISTS: [&str; 5] = [
    "proxies.trusted",
    "cors.origins",
    "csrf.origins",
    "csrf.exempt",
    "wyoming.networks",
];

/// Only `LOCUTOR_<SECTION>__<SETTING>`: other `LOCUTOR_` names belong to options. Texts stay as they
/// are until a setting is read, so that a password of digits keeps its zeros; only lists are split.
fn variables(environment: Map<String, String>) -> [Environment; 2] {
    let (lists, texts): (Map<_, _>, Map<_, _>) = environment
        .into_iter()
        .filter(|(name, _)| name.starts_with("LOCUTOR_") && name.contains("__"))
        .partition(|(name, _)| is_list(name));
    let variables = |settings| {
        Environment::with_prefix("LOCUTOR")
            .prefix_separator("_")
            .separator("__")
            .source(Some(settings))
    };
    let split = variables(lists).try_parsing(true).list_separator(",");
    [variables(texts), split]
}

fn is_list(name: &str) -> bool {
    let path = name.trim_start_matches("LOCUTOR_").replace("__", ".");
    LISTS.contains(&path.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::config::setting::{Kind, sections};

    fn environment(pairs: &[(&str, &str)]) -> Map<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn options_beat_the_environment_which_beats_the_file() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(
            file,
            "[server]\nlisten = 'a:1'\nstall_seconds = 7\n[log]\nfilter = 'warn'\n"
        )
        .unwrap();
        let environment = environment(&[
            ("LOCUTOR_SERVER__LISTEN", "b:2"),
            ("LOCUTOR_LOG__FILTER", "debug"),
            ("LOCUTOR_LIMITS__UPLOAD_BYTES", "1000"),
            ("LOCUTOR_MODELS_DIR", "ignored here"),
        ]);
        let overrides = Overrides {
            listen: Some("c:3".into()),
            ..Overrides::default()
        };
        let loaded =
            Configuration::from_layers(Some(file.path()), environment, &overrides).unwrap();
        assert_eq!(loaded.server.listen, "c:3");
        assert_eq!(loaded.server.stall_seconds, 7);
        assert_eq!(loaded.log.filter, "debug");
        assert_eq!(loaded.limits.upload_bytes, 1000);
    }

    #[test]
    fn the_environment_sets_lists() {
        let environment = environment(&[
            ("LOCUTOR_PROXIES__TRUSTED", "127.0.0.0/8,::1/128"),
            ("LOCUTOR_CORS__ORIGINS", "https://one.example"),
            ("LOCUTOR_SERVER__LISTEN", "a,b:1"),
        ]);
        let loaded = Configuration::from_layers(None, environment, &Overrides::default()).unwrap();
        assert_eq!(loaded.proxies.trusted.len(), 2);
        assert_eq!(loaded.cors.origins, ["https://one.example"]);
        assert_eq!(loaded.server.listen, "a,b:1");
    }

    #[test]
    fn every_list_can_be_set_by_the_environment() {
        let mut lists = Vec::new();
        for section in sections() {
            for setting in section.settings {
                if setting.kind == Kind::List {
                    lists.push(format!("{}.{}", section.path, setting.name));
                }
            }
        }
        lists.sort();
        let mut known = LISTS.to_vec();
        known.sort_unstable();
        assert_eq!(lists, known);
    }

    #[test]
    fn texts_of_the_environment_stay_as_they_are_and_others_are_read() {
        let environment = environment(&[
            ("LOCUTOR_MAIL__PASSWORD", "007"),
            ("LOCUTOR_MAIL__USER", "1e3"),
            ("LOCUTOR_REDIS__PREFIX", "True"),
            ("LOCUTOR_MAIL__PORT", "2525"),
            ("LOCUTOR_AUTH__PASSWORD__DIGIT", "true"),
            ("LOCUTOR_AUTH__REGISTRATION", "closed"),
            ("LOCUTOR_RATE_LIMITS__LOGIN", "7/hour"),
        ]);
        let loaded = Configuration::from_layers(None, environment, &Overrides::default()).unwrap();
        assert_eq!(loaded.mail.password.unwrap().reveal(), "007");
        assert_eq!(loaded.mail.user.as_deref(), Some("1e3"));
        assert_eq!(loaded.redis.prefix, "True");
        assert_eq!(loaded.mail.port, Some(2525));
        assert!(loaded.auth.password.digit);
        assert_eq!(
            loaded.auth.registration,
            crate::config::Registration::Closed
        );
        assert_eq!(loaded.rate_limits.login.to_string(), "7/hour");
    }

    #[test]
    fn a_misspelt_setting_is_an_error_that_names_it() {
        let environment = environment(&[("LOCUTOR_LIMITS__UPLOAD_BITES", "1000")]);
        let error =
            Configuration::from_layers(None, environment, &Overrides::default()).unwrap_err();
        assert!(format!("{error:#}").contains("upload_bites"), "{error:#}");
        let hint = "did you mean `upload_bytes`?";
        assert!(format!("{error:#}").contains(hint), "{error:#}");
        assert_eq!(suggestion("unknown field `xyz`, expected `listen`"), None);
    }

    #[test]
    fn the_printed_configuration_can_be_read_back() {
        let printed = toml::to_string_pretty(&Configuration::default()).unwrap();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(printed.as_bytes()).unwrap();
        let read = Configuration::from_layers(Some(file.path()), Map::new(), &Overrides::default());
        assert_eq!(read.unwrap(), Configuration::default());
    }
}
