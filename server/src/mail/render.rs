//! Filling the templates in.

use minijinja::{Environment, UndefinedBehavior, Value};
use serde_json::Map;
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
#[error("the mail cannot be written: {0}; this is an error of the program, please report it")]
pub struct RenderError(Box<dyn std::error::Error + Send + Sync>);

impl From<minijinja::Error> for RenderError {
    fn from(error: minijinja::Error) -> Self {
        Self(error.into())
    }
}

impl From<serde_json::Error> for RenderError {
    fn from(error: serde_json::Error) -> Self {
        Self(error.into())
    }
}

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
    let values = values(template, product)?;
    let environment = environment()?;
    let text = environment.render_named_str("mail.txt", source.text, &values)?;
    let html =
        environment.render_named_str(&format!("{}.html", source.name), source.html, &values)?;
    let (subject, text) = text.split_once('\n').unwrap_or((&text, ""));
    Ok(Rendered {
        subject: harmless(subject),
        text: text.trim_start().to_owned(),
        html,
    })
}

/// The fields of the template, which are texts and numbers, and the product.
fn values(template: &Template, product: &str) -> Result<Value, RenderError> {
    let fields: Map<String, serde_json::Value> =
        serde_json::from_value(serde_json::to_value(template)?)?;
    let fields = fields.into_iter().map(|(name, field)| {
        let value = match field {
            serde_json::Value::String(text) => Value::from(text),
            other => other
                .as_u64()
                .map_or_else(|| other.to_string().into(), Value::from),
        };
        (name, value)
    });
    let product = ("product".to_owned(), Value::from(product));
    Ok(Value::from_pairs(fields.chain([product])))
}

/// HTML is escaped because of the names' ending; a value that is missing is an error.
fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("harmless", |text: &str| harmless(text));
    environment.add_filter("message", |text: &str| harmless_message(text));
    environment.add_filter("count", |number: u32, one: &str| {
        let plural = if number == 1 { "" } else { "s" };
        format!("{number} {one}{plural}")
    });
    environment.add_template("layout.html", include_str!("templates/layout.html"))?;
    Ok(environment)
}
