//! The words of our mails, in text and HTML.
//!
//! [`Template`] with its values -> `templates/<name>.txt`, whose first line is the subject, and
//! `templates/<name>.html` inside `layout.html` -> [`Rendered`] -> [`Rendered::to`] -> a
//! [`Mail`](crate::ports::Mail) for the [`Mailer`](crate::ports::Mailer).
//!
//! Names, devices and the like come from people who may want to speak to the recipient in our name. So all
//! values pass the filter of [`harmless`], which leaves nothing that a mail program would turn into a link, and
//! in HTML they are escaped. Links are ours and are left as they are.

mod harmless;
mod render;
mod template;
#[cfg(test)]
mod tests;

pub use render::{RenderError, Rendered};
pub use template::Template;
