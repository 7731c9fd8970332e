//! How streams are described: the schema of `text/event-stream` is that of one event, whose `data` holds a
//! value as JSON. That value has a schema of its own among the components.

use std::{borrow::Cow, marker::PhantomData};

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// An event whose data is a `T`; only for documentation.
pub struct ServerSent<T>(PhantomData<T>);

impl<T: ToSchema> PartialSchema for ServerSent<T> {
    fn schema() -> RefOr<Schema> {
        let value = T::name();
        let data = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(format!(
                "A `{value}` as JSON; after the last one of a chat, `[DONE]`. A failure after the beginning is \
                 an `OpenAiError` as JSON."
            )));
        ObjectBuilder::new()
            .description(Some("One server-sent event."))
            .property("data", data)
            .required("data")
            .into()
    }
}

impl<T: ToSchema> ToSchema for ServerSent<T> {
    fn name() -> Cow<'static, str> {
        format!("ServerSent{}", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}
