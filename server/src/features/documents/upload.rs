//! A document in a request body: JSON, or a file in a form.

use axum::extract::{FromRequest, Multipart, Request, multipart::Field};
use garde::Validate;
use locutor::text::{self, Format};
use serde::Deserialize;
use serde_json::json;
use utoipa::{
    ToSchema,
    openapi::{Array, ArrayBuilder, ObjectBuilder, SchemaFormat, Type},
};
use uuid::Uuid;

use super::{NewDocument, Seen};
use crate::http::{BodyLimit, Fault, Json, form_fault, form_text, is_form, read_form, text::Line};

/// Most bytes of a form's text field: 500 characters, the most that any of them may have.
const TEXT_BYTES: usize = 2000;

/// A document as JSON.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentBody {
    /// The source, markup included.
    #[garde(length(bytes, min = 1), custom(without_nul))]
    #[schema(min_length = 1, pattern = r"^[^\x00]*$")]
    pub text: String,
    /// What to cite it by; absent: its first line.
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(value_type = Option<String>, format = "line", min_length = 1, max_length = 500, example = "The mill")]
    pub title: Option<Line>,
    /// Markup of the text; absent: none.
    #[serde(default)]
    #[garde(skip)]
    pub format: DocumentFormat,
    /// Your own name for the document; giving it again replaces the document.
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(value_type = Option<String>, format = "line", min_length = 1, max_length = 500, example = "mill-history")]
    pub external_id: Option<Line>,
    /// Labels to filter by.
    #[serde(default)]
    #[garde(length(max = 50), inner(length(chars, min = 1, max = 100)))]
    #[schema(schema_with = tags_schema)]
    pub tags: Vec<Line>,
}

/// A document as a form; the file's name ending tells its format.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "only describes the form; the fields are read one by one"
)]
pub struct DocumentForm {
    /// The file: `.txt`, `.md` or `.html`.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
    /// What to cite it by; absent: the file's name.
    #[schema(value_type = String, required = false, format = "line", min_length = 1, max_length = 500)]
    title: Option<String>,
    /// Overrides the format that the file's name tells.
    #[schema(value_type = DocumentFormat, required = false)]
    format: Option<DocumentFormat>,
    /// Your own name for the document; giving it again replaces the document.
    #[schema(value_type = String, required = false, format = "line", min_length = 1, max_length = 500)]
    external_id: Option<String>,
    /// Labels to filter by; repeat the field for several.
    #[schema(schema_with = tags_schema, required = false)]
    tags: Option<Vec<String>>,
}

fn tags_schema() -> Array {
    let tag = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("line".to_owned())))
        .min_length(Some(1))
        .max_length(Some(100));
    ArrayBuilder::new()
        .items(tag)
        .max_items(Some(50))
        .description(Some(
            "Labels to filter by; in a form, repeat the field for several.",
        ))
        .examples([json!(["history"])])
        .build()
}

/// Markup of a document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DocumentFormat {
    /// None.
    #[default]
    #[serde(alias = "text", alias = "txt")]
    Plain,
    /// `CommonMark`.
    #[serde(alias = "md")]
    Markdown,
    /// HTML.
    #[serde(alias = "htm")]
    Html,
}

impl From<DocumentFormat> for Format {
    fn from(format: DocumentFormat) -> Self {
        match format {
            DocumentFormat::Plain => Self::Plain,
            DocumentFormat::Markdown => Self::Markdown,
            DocumentFormat::Html => Self::Html,
        }
    }
}

impl From<Format> for DocumentFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Plain => Self::Plain,
            Format::Markdown => Self::Markdown,
            Format::Html => Self::Html,
        }
    }
}

/// Either kind of body.
pub struct Upload(pub DocumentBody);

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let limit = request.extensions().get::<BodyLimit>().copied();
        let body = if is_form(request.headers()) {
            take_form(read_form(request, state).await?, limit).await?
        } else {
            Json::<DocumentBody>::from_request(request, state).await?.0
        };
        Ok(Self(body))
    }
}

impl DocumentBody {
    /// The document of an organisation.
    pub fn of(self, organisation: Uuid) -> NewDocument {
        NewDocument {
            seen: Seen::Unknown,
            organisation,
            id: None,
            external_id: self.external_id.map(Line::into_string),
            title: self.title.map(Line::into_string),
            format: self.format.into(),
            text: self.text,
            tags: self.tags.into_iter().map(Line::into_string).collect(),
        }
    }
}

/// The parts of a form, as far as they were read.
#[derive(Default)]
struct Parts {
    file: Option<File>,
    title: Option<Line>,
    format: Option<DocumentFormat>,
    external_id: Option<Line>,
    tags: Vec<Line>,
}

struct File {
    name: Option<String>,
    format: Option<DocumentFormat>,
    text: String,
}

async fn take_form(mut form: Multipart, limit: Option<BodyLimit>) -> Result<DocumentBody, Fault> {
    let mut parts = Parts::default();
    while let Some(field) = form
        .next_field()
        .await
        .map_err(|error| form_fault(&error, limit))?
    {
        parts.take(field, limit).await?;
    }
    let file = parts.file.ok_or_else(|| {
        Fault::invalid(
            "file",
            "is missing; send the document as the form's field `file`",
        )
    })?;
    let body = DocumentBody {
        text: file.text,
        title: parts.title.or_else(|| file.name.as_deref().and_then(stem)),
        format: parts.format.or(file.format).unwrap_or_default(),
        external_id: parts.external_id,
        tags: parts.tags,
    };
    crate::http::validated(body)
}

impl Parts {
    async fn take(&mut self, field: Field<'_>, limit: Option<BodyLimit>) -> Result<(), Fault> {
        match field.name().unwrap_or_default() {
            "file" => self.file = Some(read_file(field, limit).await?),
            "title" => self.title = Some(form_line(field, limit).await?),
            "external_id" => self.external_id = Some(form_line(field, limit).await?),
            "tags" | "tags[]" => self.tags.push(form_line(field, limit).await?),
            "format" => {
                self.format = Some(named_format(&form_text(field, TEXT_BYTES, limit).await?)?);
            }
            other => {
                let known = "file, title, format, external_id, tags";
                return Err(Fault::invalid(
                    other,
                    format!("is not a field of this form; it has {known}"),
                ));
            }
        }
        Ok(())
    }
}

async fn form_line(field: Field<'_>, limit: Option<BodyLimit>) -> Result<Line, Fault> {
    let name = field.name().unwrap_or_default().to_owned();
    let text = form_text(field, TEXT_BYTES, limit).await?;
    Line::new(&text).map_err(|message| Fault::invalid(name, message))
}

/// PostgreSQL's texts cannot hold it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the interface of rules")]
fn without_nul(text: &str, (): &()) -> garde::Result {
    match text.find('\0') {
        Some(position) => {
            let message = format!("has a NUL character at byte {position}; leave it out");
            Err(garde::Error::new(message))
        }
        None => Ok(()),
    }
}

async fn read_file(field: Field<'_>, limit: Option<BodyLimit>) -> Result<File, Fault> {
    let name = field.file_name().map(str::to_owned);
    let format = name
        .as_deref()
        .and_then(format_of_name)
        .or_else(|| field.content_type().and_then(format_of_type));
    let bytes = field
        .bytes()
        .await
        .map_err(|error| form_fault(&error, limit))?;
    let text = text::decode(&bytes).map_err(|error| Fault::from(error).into_unprocessable())?;
    check_content(&text)?;
    Ok(File {
        name: name.filter(|name| !name.is_empty()),
        format,
        text,
    })
}

/// What no schema can say about a file: that there is text in it, and none that databases refuse.
fn check_content(text: &str) -> Result<(), Fault> {
    if text.is_empty() {
        return Err(Fault::unprocessable("file", "is empty; send a text"));
    }
    without_nul(text, &()).map_err(|error| Fault::unprocessable("file", error.message()))
}

fn named_format(name: &str) -> Result<DocumentFormat, Fault> {
    let value = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(name);
    DocumentFormat::deserialize(value).map_err(|_| {
        Fault::invalid(
            "format",
            format!("`{name}` is unknown; use plain, markdown or html"),
        )
    })
}

/// The file's name without its ending, if that can be a title.
fn stem(name: &str) -> Option<Line> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    Line::new(stem).ok().filter(|stem| !stem.is_empty())
}

/// The format that a file's name ending tells.
pub fn format_of_name(name: &str) -> Option<DocumentFormat> {
    Format::of_file_name(name).map(DocumentFormat::from)
}

fn format_of_type(kind: &str) -> Option<DocumentFormat> {
    match kind.split(';').next()?.trim() {
        "text/markdown" => Some(DocumentFormat::Markdown),
        "text/html" | "application/xhtml+xml" => Some(DocumentFormat::Html),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{parse_json, validated};

    fn read(body: &serde_json::Value) -> Result<DocumentBody, Fault> {
        parse_json(body.to_string().as_bytes()).and_then(validated)
    }

    #[test]
    fn names_are_cleaned_and_what_no_database_takes_is_refused() {
        let body = serde_json::json!({"text": "a\r\nb", "title": " Mu\u{308}hle ", "tags": ["x "]});
        let new = read(&body).unwrap().of(uuid::Uuid::nil());
        assert_eq!(
            (new.title.as_deref(), new.text.as_str()),
            (Some("Mühle"), "a\r\nb")
        );
        assert_eq!(new.tags, ["x"]);
        for (field, body) in [
            ("text", serde_json::json!({"text": "a\0b"})),
            ("title", serde_json::json!({"text": "a", "title": "a\nb"})),
            (
                "tags[1]",
                serde_json::json!({"text": "a", "tags": ["a", "\u{202e}"]}),
            ),
            ("owner", serde_json::json!({"text": "a", "owner": "me"})),
        ] {
            let fault = read(&body).err().unwrap();
            assert_eq!(fault.fields[0].field, field);
        }
        assert_eq!(stem("a\u{202e}b.txt"), None);
        assert_eq!(stem("notes.old.md").as_deref(), Some("notes.old"));
    }
}
