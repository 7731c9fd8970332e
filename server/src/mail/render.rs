//! Filling the templates in.

use minijinja::{Environment, UndefinedBehavior, Value, context};
use uuid::Uuid;

use super::{
    harmless::{harmless, harmless_message},
    template::Template,
};
use crate::ports::{JobError, Mail};

/// A mail without its recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Subject, one line.
    pub subject: String,
    /// Body as plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// A template does not fit its values.
#[derive(Debug, thiserror::Error)]
#[error("the mail cannot be written: {0:#}; this is an error of the program, please report it")]
pub struct RenderError(#[from] minijinja::Error);

impl From<RenderError> for JobError {
    fn from(error: RenderError) -> Self {
        Self::Lasting(error.to_string())
    }
}

impl Rendered {
    /// The mail to somebody; `id` tells a second attempt from a second mail.
    pub fn to(self, recipient: impl Into<String>, id: Uuid) -> Mail {
        Mail {
            to: recipient.into(),
            subject: self.subject,
            text: self.text,
            html: self.html,
            id,
        }
    }
}

/// Fills a template in.
pub(super) fn render(template: &Template, product: &str) -> Result<Rendered, RenderError> {
    let source = template.source();
    let values = context! { product, ..Value::from_serialize(template) };
    let environment = environment()?;
    let text = environment.render_named_str("mail.txt", source.text, &values)?;
    let html = environment.render_named_str(&format!("{}.html", source.name), source.html, &values)?;
    let (subject, text) = text.split_once('\n').unwrap_or((&text, ""));
    Ok(Rendered {
        subject: harmless(subject),
        text: text.trim_start().to_owned(),
        html,
    })
}

/// HTML is escaped because of the names' ending; a value that is missing is an error.
fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.add_filter("harmless", |text: &str| harmless(text));
    environment.add_filter("message", |text: &str| harmless_message(text));
    environment.add_filter("count", |number: u32, one: &str| {
        let plural = if number == 1 { "" } else { "s" };
        format!("{number} {one}{plural}")
    });
    environment.add_template("layout.html", include_str!("templates/layout.html"))?;
    Ok(environment)
}
