//! What the server adds: one short embedding over HTTP, with a key, on a kept connection, against
//! the same call of the engine in this process.

use anyhow::Result;
use locutor::Cancellation;
use locutor_tests::Server;
use serde_json::json;

use super::{Context, timed};
use crate::comparison::{Comparison, Part};

const MODEL: &str = "all-minilm-l6-v2";
const TEXT: &str = "How long does a boat take to the island?";

pub fn comparison(context: &Context) -> Result<Comparison<'_>> {
    let server = Server::builder()?.start()?;
    let embedder = context.engine.embedder(Some(MODEL))?;
    Ok(Comparison {
        parts: vec![Part::new("Embed one sentence over HTTP").rate(1.0, "requests/s")],
        subject: "locutor serve".to_owned(),
        peer: "the same engine call without the server".to_owned(),
        ours: Box::new(move |run| {
            let request = json!({"model": MODEL, "input": format!("{TEXT} {run}")});
            let ask = || server.post("/v1/embeddings", &request)?.expect(200);
            Ok(vec![timed(ask)?.0])
        }),
        theirs: Box::new(move |run| {
            let text = format!("{TEXT} {run}");
            let embed = || Ok(embedder.embed(&[&text], &Cancellation::new())?);
            Ok(vec![timed(embed)?.0])
        }),
    })
}
