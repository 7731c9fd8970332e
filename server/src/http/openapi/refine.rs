//! What derived schemas cannot say themselves, because it is computed: which characters a line of text may
//! have, between which numbers an integer lies, and how much this server takes.
//!
//! A text marks itself with `format = "line"`; here the mark gives way to the pattern of
//! [`crate::http::Line`]. An integer gets the ends of its type unless its field has narrower ones. The limits
//! of the configuration go to the fields of [`LIMITED`].

use utoipa::{
    Number,
    openapi::{
        KnownFormat, OpenApi, RefOr, Schema, SchemaFormat, Type,
        schema::{AdditionalProperties, ArrayItems, Object, SchemaType},
    },
};

use super::operations;
use crate::{
    config::Limits,
    http::text::{Lines, pattern},
};

/// The mark of a line of text.
const LINE: &str = "line";

/// Reads a limit.
type Limit = fn(&Limits) -> usize;

/// Schema, field, and the most elements or characters that it may have.
const LIMITED: [(&str, &str, Limit); 2] = [
    ("ChatRequest", "messages", |limits| limits.chat_messages),
    ("SpeechRequest", "input", |limits| limits.speech_characters),
];

/// Adds them to every schema and parameter.
pub fn refine(document: &mut OpenApi, limits: &Limits) {
    let components = document.components.iter_mut();
    for (name, schema) in components.flat_map(|components| &mut components.schemas) {
        if let RefOr::T(schema) = schema {
            visit(schema);
            limit(name, schema, limits);
        }
    }
    for item in document.paths.paths.values_mut() {
        for (_, operation) in operations::of(item) {
            for parameter in operation.parameters.iter_mut().flatten() {
                if let RefOr::T(parameter) = parameter {
                    parameter.schema.iter_mut().for_each(visit_inline);
                }
            }
        }
    }
}

fn visit_inline(schema: &mut RefOr<Schema>) {
    if let RefOr::T(schema) = schema {
        visit(schema);
    }
}

fn visit(schema: &mut Schema) {
    match schema {
        Schema::Object(object) => visit_object(object),
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                visit_inline(items);
            }
        }
        Schema::OneOf(one) => one.items.iter_mut().for_each(visit_inline),
        Schema::AllOf(all) => all.items.iter_mut().for_each(visit_inline),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(visit_inline),
        _ => {}
    }
}

fn visit_object(object: &mut Object) {
    object.properties.values_mut().for_each(visit_inline);
    if let Some(AdditionalProperties::RefOr(values)) = object.additional_properties.as_deref_mut() {
        visit_inline(values);
    }
    let marked = matches!(&object.format, Some(SchemaFormat::Custom(name)) if name == LINE);
    if marked {
        object.format = None;
        object.pattern = Some(pattern(Lines::One));
    }
    if has_type(&object.schema_type, &Type::Integer) {
        bound(object);
    }
}

fn has_type(types: &SchemaType, wanted: &Type) -> bool {
    match types {
        SchemaType::Type(one) => one == wanted,
        SchemaType::Array(several) => several.contains(wanted),
        SchemaType::AnyValue => false,
    }
}

/// Types without a sign have a minimum already; those of a word's size have no format.
fn bound(object: &mut Object) {
    let unsigned = object.minimum.is_some();
    let narrow = object.format == Some(SchemaFormat::KnownFormat(KnownFormat::Int32));
    let (least, most) = match (narrow, unsigned) {
        (true, false) => (i32::MIN as isize, Number::Int(i32::MAX as isize)),
        (true, true) => (0, Number::UInt(u32::MAX as usize)),
        (false, false) => (isize::MIN, Number::Int(isize::MAX)),
        (false, true) => (0, Number::UInt(usize::MAX)),
    };
    object.minimum.get_or_insert(Number::Int(least));
    object.maximum.get_or_insert(most);
}

fn limit(name: &str, schema: &mut Schema, limits: &Limits) {
    let Schema::Object(object) = schema else {
        return;
    };
    for (_, field, most) in LIMITED.iter().filter(|(owner, _, _)| *owner == name) {
        match object.properties.get_mut(*field) {
            Some(RefOr::T(Schema::Array(array))) => array.max_items = Some(most(limits)),
            Some(RefOr::T(Schema::Object(text))) => text.max_length = Some(most(limits)),
            _ => {}
        }
    }
}
