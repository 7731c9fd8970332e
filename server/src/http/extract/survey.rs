//! Finds every misfit of a JSON body, not only the first.
//!
//! serde stops at the first value that does not fit. So the survey removes that value, or puts a
//! stand-in of the right kind in its place, and reads again, until the rest fits or nothing helps. What is
//! read that way is only good for its validation rules, never for use.

use std::collections::VecDeque;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::misfit::{Cause, Misfit, Step};

/// Most misfits that are looked for.
const MOST: usize = 20;

/// What was found.
pub struct Survey<T> {
    /// Every misfit, in the order in which they were met.
    pub misfits: Vec<Misfit>,
    /// The value with stand-ins for the misfits, if that could be had.
    pub rest: Option<T>,
}

/// Reads a value; on failure tells where and why.
pub fn read_value<T: DeserializeOwned>(value: &Value) -> Result<T, Misfit> {
    serde_path_to_error::deserialize(value).map_err(|error| Misfit::of(&error))
}

/// Finds all that does not fit, after the first misfit that is known already.
pub fn survey<T: DeserializeOwned>(mut value: Value, first: Misfit) -> Survey<T> {
    let mut misfits = vec![first];
    let mut rest = None;
    while misfits.len() <= MOST {
        let Some(last) = misfits.last() else { break };
        match repair(&mut value, last) {
            Some(Ok(whole)) => {
                rest = Some(whole);
                break;
            }
            Some(Err(next)) => {
                let known = misfits.iter().any(|misfit| misfit.path == next.path);
                if known {
                    break;
                }
                misfits.push(next);
            }
            None => break,
        }
    }
    Survey { misfits, rest }
}

/// Changes the value so that this misfit is gone, and reads it; `None` when nothing helps.
fn repair<T: DeserializeOwned>(value: &mut Value, misfit: &Misfit) -> Option<Result<T, Misfit>> {
    let mut waiting = stand_ins(misfit);
    let mut told = false;
    while let Some(stand_in) = waiting.pop_front() {
        if !put(value, &misfit.path, stand_in) {
            return None;
        }
        match read_value(value) {
            // Still there, or now inside of the stand-in: another one.
            Err(next) if next.path.starts_with(&misfit.path) => {
                let named = next.expected().filter(|_| !told);
                if let Some(name) = named {
                    told = true;
                    waiting.push_front(Some(json!(name)));
                }
            }
            outcome => return Some(outcome),
        }
    }
    None
}

/// What may fit; `None` removes the field, as the last resort: where it is required that only shows once
/// everything else was read.
fn stand_ins(misfit: &Misfit) -> VecDeque<Option<Value>> {
    if misfit.cause == Cause::Unknown {
        return VecDeque::from([None]);
    }
    let values = [
        json!("a"),
        json!(0),
        json!(1),
        json!(false),
        json!([]),
        json!({}),
        json!("00000000-0000-0000-0000-000000000000"),
        json!("1970-01-01T00:00:00Z"),
        json!("a@example.org"),
    ];
    values.into_iter().map(Some).chain([None]).collect()
}

/// Puts something at the path, or removes what is there; false when there is no such place.
fn put(value: &mut Value, path: &[Step], stand_in: Option<Value>) -> bool {
    let Some((last, parents)) = path.split_last() else {
        return false;
    };
    let parent = parents.iter().try_fold(value, |value, step| match step {
        Step::Field(name) => value.get_mut(name),
        Step::Element(index) => value.get_mut(index),
        Step::Nameless => None,
    });
    match (parent, last) {
        (Some(Value::Object(fields)), Step::Field(name)) => {
            match stand_in {
                Some(stand_in) => fields.insert(name.clone(), stand_in),
                None => fields.shift_remove(name),
            };
            true
        }
        (Some(Value::Array(elements)), Step::Element(index)) => {
            // An element is never removed: the others would change their places.
            if let (Some(place), Some(stand_in)) = (elements.get_mut(*index), stand_in) {
                *place = stand_in;
            }
            true
        }
        _ => false,
    }
}
