//! Parameters of OpenAI's interface that would change the reply and that no model here has:
//! refused, so that no program believes they were obeyed.

use serde::Deserialize;
use serde_json::Value;

use crate::http::FieldError;

/// The parameters, whatever they hold.
#[derive(Debug, Default, Deserialize)]
pub struct Unsupported {
    tools: Option<Value>,
    tool_choice: Option<Value>,
    parallel_tool_calls: Option<Value>,
    functions: Option<Value>,
    function_call: Option<Value>,
    n: Option<Value>,
    modalities: Option<Value>,
    audio: Option<Value>,
    prediction: Option<Value>,
    web_search_options: Option<Value>,
}

/// Whether a value asks for no more than what every reply has.
type Harmless = fn(&Value) -> bool;

impl Unsupported {
    /// The parameters that ask for something, with what to do instead.
    pub fn problems(&self) -> Vec<FieldError> {
        self.given()
            .into_iter()
            .filter(|(_, value, harmless)| {
                value.is_some_and(|value| !is_empty(value) && !harmless(value))
            })
            .map(|(name, _, _)| FieldError {
                field: name.into(),
                message: advice(name),
            })
            .collect()
    }

    fn given(&self) -> [(&'static str, Option<&Value>, Harmless); 10] {
        let never: Harmless = |_| false;
        let none: Harmless = |value| value == "none";
        // Without tools there is nothing to call in parallel.
        let parallel = self.parallel_tool_calls.as_ref();
        let parallel = parallel.filter(|_| self.tools.is_some());
        [
            ("tools", self.tools.as_ref(), never),
            ("tool_choice", self.tool_choice.as_ref(), none),
            ("parallel_tool_calls", parallel, never),
            ("functions", self.functions.as_ref(), never),
            ("function_call", self.function_call.as_ref(), none),
            ("n", self.n.as_ref(), |value| value == 1),
            ("modalities", self.modalities.as_ref(), is_text),
            ("audio", self.audio.as_ref(), never),
            ("prediction", self.prediction.as_ref(), never),
            (
                "web_search_options",
                self.web_search_options.as_ref(),
                never,
            ),
        ]
    }
}

/// A modality that is text alone.
fn is_text(value: &Value) -> bool {
    *value == serde_json::json!(["text"])
}

/// An empty list or object asks for nothing.
fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
        || value.as_object().is_some_and(serde_json::Map::is_empty)
}

fn advice(name: &str) -> String {
    match name {
        "n" => "only 1 is supported: one reply per request".into(),
        _ => "is not supported on this server; leave it out".into(),
    }
}
