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
    logprobs: Option<Value>,
    top_logprobs: Option<Value>,
    logit_bias: Option<Value>,
    n: Option<Value>,
    presence_penalty: Option<Value>,
    frequency_penalty: Option<Value>,
    response_format: Option<Value>,
    modalities: Option<Value>,
    audio: Option<Value>,
    prediction: Option<Value>,
    web_search_options: Option<Value>,
}

impl Unsupported {
    /// The parameters that ask for something, with what to do instead.
    pub fn problems(&self) -> Vec<FieldError> {
        let is_text =
            |value: &Value| value["type"] == "text" || *value == serde_json::json!(["text"]);
        let zero = |value: &Value| value.as_f64() == Some(0.0);
        let given = [
            ("tools", &self.tools, false),
            (
                "tool_choice",
                &self.tool_choice,
                self.tool_choice
                    .as_ref()
                    .is_some_and(|value| value == "none"),
            ),
            (
                "parallel_tool_calls",
                &self.parallel_tool_calls,
                self.tools.is_none(),
            ),
            ("functions", &self.functions, false),
            (
                "function_call",
                &self.function_call,
                self.function_call
                    .as_ref()
                    .is_some_and(|value| value == "none"),
            ),
            (
                "logprobs",
                &self.logprobs,
                self.logprobs.as_ref().is_some_and(|value| value == false),
            ),
            (
                "top_logprobs",
                &self.top_logprobs,
                self.top_logprobs.as_ref().is_some_and(zero),
            ),
            (
                "logit_bias",
                &self.logit_bias,
                self.logit_bias.as_ref().is_some_and(is_empty),
            ),
            (
                "n",
                &self.n,
                self.n.as_ref().is_some_and(|value| value == 1),
            ),
            (
                "presence_penalty",
                &self.presence_penalty,
                self.presence_penalty.as_ref().is_some_and(zero),
            ),
            (
                "frequency_penalty",
                &self.frequency_penalty,
                self.frequency_penalty.as_ref().is_some_and(zero),
            ),
            (
                "response_format",
                &self.response_format,
                self.response_format.as_ref().is_some_and(is_text),
            ),
            (
                "modalities",
                &self.modalities,
                self.modalities.as_ref().is_some_and(is_text),
            ),
            ("audio", &self.audio, false),
            ("prediction", &self.prediction, false),
            ("web_search_options", &self.web_search_options, false),
        ];
        given
            .into_iter()
            .filter(|(_, value, harmless)| {
                !harmless && value.as_ref().is_some_and(|value| !is_empty(value))
            })
            .map(|(name, _, _)| FieldError {
                field: name.into(),
                message: advice(name),
            })
            .collect()
    }
}

/// An empty list or object asks for nothing.
fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
        || value.as_object().is_some_and(serde_json::Map::is_empty)
}

fn advice(name: &str) -> String {
    match name {
        "n" => "only 1 is supported: one reply per request".into(),
        "response_format" => "only {\"type\": \"text\"} is supported".into(),
        _ => "is not supported on this server; leave it out".into(),
    }
}
