//! Reading the layers into one [`Configuration`].

use std::path::{Path, PathBuf};

use anyhow::Context;
use config::{Config, Environment, File, FileFormat, Map};

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
        Self::from_layers(
            file,
            std::env::vars_os().filter_map(readable).collect(),
            overrides,
        )
    }

    fn from_layers(
        file: Option<&Path>,
        environment: Map<String, String>,
        overrides: &Overrides,
    ) -> anyhow::Result<Self> {
        let mut builder = Config::builder();
        if let Some(path) = file {
            builder = builder.add_source(File::from(path).format(FileFormat::Toml));
        }
        let text = |path: &PathBuf| path.display().to_string();
        builder
            .add_source(variables(environment))
            .set_override_option("server.listen", overrides.listen.clone())?
            .set_override_option("data.dir", overrides.data_dir.as_ref().map(text))?
            .set_override_option("engine.models_dir", overrides.models_dir.as_ref().map(text))?
            .set_override_option("log.filter", overrides.log.clone())?
            .build()
            .and_then(Config::try_deserialize)
            .map_err(|error| match suggestion(&error.to_string()) {
                Some(hint) => anyhow::anyhow!("{error}; {hint}"),
                None => error.into(),
            })
            .context("configuration (`locutor config print` shows every setting and its default)")
    }
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
const LISTS: [&str; 4] = [
    "proxies.trusted",
    "cors.origins",
    "csrf.origins",
    "csrf.exempt",
];

/// Only `LOCUTOR_<SECTION>__<SETTING>`: other `LOCUTOR_` names belong to options.
fn variables(environment: Map<String, String>) -> Environment {
    let settings = environment
        .into_iter()
        .filter(|(name, _)| name.starts_with("LOCUTOR_") && name.contains("__"))
        .collect();
    let variables = Environment::with_prefix("LOCUTOR")
        .prefix_separator("_")
        .separator("__")
        .try_parsing(true)
        .list_separator(",")
        .source(Some(settings));
    LISTS
        .into_iter()
        .fold(variables, Environment::with_list_parse_key)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

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
