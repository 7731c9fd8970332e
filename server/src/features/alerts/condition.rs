//! When a rule fires.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema, schema::AdditionalProperties},
};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Requests.
    Requests,
    /// Requests answered with a status of 400 to 499.
    ClientErrors,
    /// Requests answered with a status of 500 or more.
    ServerErrors,
    /// Requests answered with 401, 403 or 429.
    Refusals,
    /// Jobs that were given up, and still are.
    JobsDead,
    /// How many of a hundred requests were answered with a status of 500 or more.
    ServerErrorPercent,
    /// Milliseconds that a request took on average.
    MeanMilliseconds,
    /// Jobs that could run now and wait for a worker.
    JobsWaiting,
}

/// What is counted over the window, so that it has a rate and can be absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// Requests.
    Requests,
    /// Requests answered with a status of 400 to 499.
    ClientErrors,
    /// Requests answered with a status of 500 or more.
    ServerErrors,
    /// Requests answered with 401, 403 or 429.
    Refusals,
    /// Jobs that were given up, and still are.
    JobsDead,
}

/// On which side of the value a rule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Above it.
    Above,
    /// Below it.
    Below,
}

/// When a rule fires.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = AlertCondition, example = json!({"kind": "threshold", "metric": "server_errors", "comparison": "above", "value": 10}))]
pub enum Condition {
    /// What is measured over the window lies above or below a value.
    Threshold {
        // Described by its type: a description beside an inlined schema would become a second one.
        #[garde(skip)]
        #[schema(inline)]
        metric: Metric,
        // Described by its type: a description beside an inlined schema would become a second one.
        #[garde(skip)]
        #[schema(inline)]
        comparison: Comparison,
        /// The value.
        #[garde(range(min = 0.0, max = 1e12))]
        #[schema(minimum = 0, maximum = 1e12, example = 10)]
        value: f64,
    },
    /// As `threshold`, but what is compared is the number per minute, averaged over the window.
    Rate {
        // Described by its type: a description beside an inlined schema would become a second one.
        #[garde(skip)]
        #[schema(inline)]
        metric: Count,
        // Described by its type: a description beside an inlined schema would become a second one.
        #[garde(skip)]
        #[schema(inline)]
        comparison: Comparison,
        /// The value, per minute.
        #[garde(range(min = 0.0, max = 1e12))]
        #[schema(minimum = 0, maximum = 1e12, example = 2.5)]
        value: f64,
    },
    /// There was none of it in the whole window. Begins to be looked at one window after the rule was made,
    /// changed or switched on.
    Absence {
        // Described by its type: a description beside an inlined schema would become a second one.
        #[garde(skip)]
        #[schema(inline)]
        metric: Count,
    },
}

/// The schema of a condition. The one that is derived does not say that there are no other fields.
pub fn condition_schema() -> RefOr<Schema> {
    let mut schema = Condition::schema();
    if let RefOr::T(Schema::OneOf(kinds)) = &mut schema {
        for kind in &mut kinds.items {
            if let RefOr::T(Schema::Object(kind)) = kind {
                let none = AdditionalProperties::FreeForm(false);
                kind.additional_properties = Some(Box::new(none));
            }
        }
    }
    schema
}

impl From<Count> for Metric {
    fn from(count: Count) -> Self {
        match count {
            Count::Requests => Self::Requests,
            Count::ClientErrors => Self::ClientErrors,
            Count::ServerErrors => Self::ServerErrors,
            Count::Refusals => Self::Refusals,
            Count::JobsDead => Self::JobsDead,
        }
    }
}

impl Metric {
    /// What it is called in messages.
    fn words(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::ClientErrors => "requests with a client error",
            Self::ServerErrors => "requests with a server error",
            Self::Refusals => "refused requests",
            Self::JobsDead => "jobs given up",
            Self::ServerErrorPercent => "percent of requests with a server error",
            Self::MeanMilliseconds => "milliseconds per request",
            Self::JobsWaiting => "jobs waiting for a worker",
        }
    }
}

impl Comparison {
    fn holds(self, measured: f64, value: f64) -> bool {
        match self {
            Self::Above => measured > value,
            Self::Below => measured < value,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
        }
    }
}

impl Condition {
    /// What is measured.
    pub fn metric(self) -> Metric {
        match self {
            Self::Threshold { metric, .. } => metric,
            Self::Rate { metric, .. } | Self::Absence { metric } => metric.into(),
        }
    }

    /// What is compared, given what the metric says about the whole window.
    pub fn compared(self, measured: f64, window_minutes: u32) -> f64 {
        match self {
            Self::Rate { .. } => measured / f64::from(window_minutes.max(1)),
            _ => measured,
        }
    }

    /// Whether it fires.
    pub fn fires(self, compared: f64) -> bool {
        match self {
            Self::Threshold {
                comparison, value, ..
            }
            | Self::Rate {
                comparison, value, ..
            } => comparison.holds(compared, value),
            Self::Absence { .. } => compared <= 0.0,
        }
    }

    /// What was measured, and what the limit is, in words.
    pub fn describe(self, compared: f64, subject: Option<&str>, window_minutes: u32) -> String {
        let of = subject.map(|subject| format!(" of {subject}"));
        let what = format!("{}{}", self.metric().words(), of.unwrap_or_default());
        let minutes = if window_minutes == 1 {
            "the last minute".to_owned()
        } else {
            format!("the last {window_minutes} minutes")
        };
        match self {
            Self::Threshold {
                comparison, value, ..
            } => format!(
                "{what}, in {minutes}: {} (it fires {} {})",
                number(compared),
                comparison.word(),
                number(value)
            ),
            Self::Rate {
                comparison, value, ..
            } => format!(
                "{what} per minute, in {minutes}: {} (it fires {} {})",
                number(compared),
                comparison.word(),
                number(value)
            ),
            Self::Absence { .. } => format!(
                "{what}, in {minutes}: {} (it fires when there are none)",
                number(compared)
            ),
        }
    }
}

/// At most two digits behind the point.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(text: &str) -> Condition {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn each_kind_fires_on_its_side_only() {
        let above = condition(
            r#"{"kind":"threshold","metric":"requests","comparison":"above","value":10}"#,
        );
        assert!(above.fires(10.5) && !above.fires(10.0) && !above.fires(9.0));
        let below =
            condition(r#"{"kind":"rate","metric":"requests","comparison":"below","value":2}"#);
        let compared = below.compared(19.0, 10);
        assert!(below.fires(compared) && !below.fires(below.compared(20.0, 10)));
        let absence = condition(r#"{"kind":"absence","metric":"requests"}"#);
        assert!(absence.fires(0.0) && !absence.fires(1.0));
    }

    #[test]
    fn what_makes_no_sense_cannot_be_written() {
        for wrong in [
            r#"{"kind":"rate","metric":"mean_milliseconds","comparison":"above","value":1}"#,
            r#"{"kind":"absence","metric":"jobs_waiting"}"#,
            r#"{"kind":"absence","metric":"requests","value":1}"#,
            r#"{"kind":"threshold","metric":"requests","comparison":"above"}"#,
            r#"{"metric":"requests"}"#,
        ] {
            assert!(serde_json::from_str::<Condition>(wrong).is_err(), "{wrong}");
        }
        let negative = r#"{"kind":"rate","metric":"requests","comparison":"below","value":-1}"#;
        assert!(condition(negative).validate().is_err());
    }

    #[test]
    fn messages_say_what_where_how_much_and_the_limit() {
        let rate = condition(
            r#"{"kind":"rate","metric":"server_errors","comparison":"above","value":2.50}"#,
        );
        assert_eq!(
            rate.describe(10.0 / 3.0, Some("/documents"), 5),
            "requests with a server error of /documents per minute, in the last 5 minutes: 3.33 (it fires above 2.5)"
        );
        assert_eq!(number(100.0), "100");
        assert_eq!(number(0.0), "0");
    }
}
