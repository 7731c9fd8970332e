//! The reference of all settings.

use super::Configuration;

impl Configuration {
    /// All settings with their defaults, in Markdown.
    pub fn reference() -> String {
        String::new()
    }
}
