//! Texts that people write, cleaned as they are read.
//!
//! request -> serde -> [`Line`], [`Paragraph`] or [`EmailAddress`] -> the slice. One text then has one
//! spelling in bytes (Unicode normalisation form C), and nothing in it hides, reorders what is shown,
//! or breaks a line of a log, a mail header or a database that refuses it.

mod characters;
mod email;
mod newtype;

pub use characters::{Lines, pattern};
pub use email::EmailAddress;
pub use newtype::Line;
