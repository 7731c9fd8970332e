//! Replies as server-sent events.

use axum::response::sse::Event;
use futures::Stream;
use serde::Serialize;

use super::{
    job::Progress,
    reply::{Delta, Identity, Usage},
    retrieval::RetrievalReply,
};
use crate::{
    bridge::Events,
    http::{Fault, openai_error},
};

/// The events of a reply; `first` was already read.
pub fn events(
    identity: Identity,
    first: Progress,
    mut rest: Events<Progress>,
    include_usage: bool,
) -> impl Stream<Item = Result<Event, axum::Error>> {
    async_stream::stream! {
        let mut opening = identity.chunk(Delta { role: Some("assistant"), content: Some(String::new()) }, None);
        let mut next = Some(Ok(first));
        if let Some(Ok(Progress::Passages(hits))) = next {
            opening.retrieval = Some(RetrievalReply::found(hits));
            next = rest.next().await;
        }
        yield event(&opening);
        while let Some(progress) = next {
            match progress {
                Ok(Progress::Passages(_)) => {}
                Ok(Progress::Text(text, tokens)) => yield event(&identity.text(text, &tokens)),
                Ok(Progress::Done(outcome)) => {
                    let usage = Usage::of(&outcome);
                    let mut last = identity.chunk(Delta::default(), Some(outcome.finish_reason));
                    last.retrieval = outcome.answer.map(RetrievalReply::answered);
                    yield event(&last);
                    if include_usage {
                        let mut counts = identity.empty_chunk();
                        counts.usage = Some(usage);
                        yield event(&counts);
                    }
                }
                Err(error) => {
                    // The status was sent long ago; clients look for `error` in the data.
                    yield event(&openai_error(&Fault::from(error)));
                    return;
                }
            }
            next = rest.next().await;
        }
        yield Ok(Event::default().data("[DONE]"));
    }
}

fn event<T: Serialize>(value: &T) -> Result<Event, axum::Error> {
    Event::default().json_data(value)
}
