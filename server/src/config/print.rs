//! The configuration as a file that can be used as one.

use serde_json::{Map, Value};

use super::{Configuration, setting::secrets};

impl Configuration {
    /// All settings as TOML. Secrets are left out, since what stands for them is none; a comment
    /// names those that are set.
    ///
    /// # Errors
    /// When a setting cannot be written as TOML, which none is known to do.
    pub fn to_toml(&self) -> anyhow::Result<String> {
        let mut settings = serde_json::to_value(self)?;
        let mut hidden = secrets();
        hidden.retain(|path| remove(&mut settings, path));
        let mut text = String::new();
        for path in hidden {
            text.push_str("# ");
            text.push_str(&path);
            text.push_str(" is set, but never shown: a file made of this needs it again.\n");
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(toml::to_string_pretty(&settings)?.trim_end());
        text.push('\n');
        Ok(text)
    }
}

/// Takes out what is at that path; whether there was anything.
fn remove(settings: &mut Value, path: &str) -> bool {
    let mut names = path.split('.');
    let last = names.next_back().unwrap_or_default();
    let section: Option<&mut Map<String, Value>> = names
        .try_fold(settings, |value, name| value.get_mut(name))
        .and_then(Value::as_object_mut);
    section.is_some_and(|section| section.shift_remove(last).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A configuration whose every secret is set, and those secrets.
    fn with_secrets() -> (Configuration, Vec<String>) {
        let mut settings = serde_json::to_value(Configuration::default()).unwrap();
        let mut values = Vec::new();
        for (number, path) in secrets().iter().enumerate() {
            let (section, name) = path.rsplit_once('.').unwrap();
            let pointer = format!("/{}", section.replace('.', "/"));
            let value = format!("hunter-{number}-plover");
            settings.pointer_mut(&pointer).unwrap()[name] = value.clone().into();
            values.push(value);
        }
        (serde_json::from_value(settings).unwrap(), values)
    }

    #[test]
    fn no_print_shows_a_secret() {
        let (configuration, secrets) = with_secrets();
        assert!(secrets.len() >= 4, "{secrets:?}");
        let prints = [
            format!("{configuration:?}"),
            format!("{configuration:#?}"),
            serde_json::to_string(&configuration).unwrap(),
            toml::to_string_pretty(&configuration).unwrap(),
            configuration.to_toml().unwrap(),
        ];
        for print in &prints {
            for secret in &secrets {
                assert!(!print.contains(secret.as_str()), "{secret} in {print}");
            }
        }
        // They were there to be shown.
        let revealed = [
            configuration.auth.secret,
            configuration.database.url,
            configuration.redis.url,
            configuration.mail.password,
            configuration.telemetry.otlp_headers,
        ];
        for secret in revealed {
            assert!(
                secrets
                    .iter()
                    .any(|one| one == secret.as_ref().unwrap().reveal())
            );
        }
    }

    #[test]
    fn the_print_can_be_read_back_without_its_secrets() {
        let (mut configuration, secrets) = with_secrets();
        let text = configuration.to_toml().unwrap();
        for path in super::secrets() {
            assert!(text.contains(&format!("# {path} is set")), "{text}");
        }
        assert!(!secrets.is_empty() && !text.contains(super::super::secret::REDACTED));
        let read: Configuration = toml::from_str(&text).unwrap();
        configuration.auth.secret = None;
        configuration.database.url = None;
        configuration.redis.url = None;
        configuration.mail.password = None;
        configuration.telemetry.otlp_headers = None;
        assert_eq!(read, configuration);
        let plain = Configuration::default().to_toml().unwrap();
        assert!(!plain.contains('#'), "{plain}");
    }

    #[test]
    fn what_stands_for_a_secret_is_refused_when_read() {
        let (configuration, _) = with_secrets();
        let text = toml::to_string_pretty(&configuration).unwrap();
        let refused = toml::from_str::<Configuration>(&text).unwrap_err();
        assert!(refused.to_string().contains("leave the setting out"));
    }
}
