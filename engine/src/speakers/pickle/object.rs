//! What running a pickle makes: values on a stack, of which tensors and texts are kept.

use std::{collections::HashMap, rc::Rc};

use super::super::error::{Result, damaged};

/// Where the numbers of a tensor are.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) storage: Rc<str>,
    pub(super) offset: usize,
    pub(super) shape: Rc<[usize]>,
}

/// A value that a pickle makes, as far as it matters.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(Rc<str>),
    Integer(usize),
    Integers(Rc<[usize]>),
    Class(Rc<str>),
    /// The name of 32-bit floats.
    Storage(Rc<str>),
    /// The arguments that make a tensor, or the tensor.
    Tensor(Rc<Place>),
    Mark,
    Other,
}

/// What is remembered of an object.
#[derive(Default)]
pub(super) struct Object {
    pub(super) places: HashMap<Rc<str>, Rc<Place>>,
    /// The elements of a list, if that is what it is.
    pub(super) texts: Vec<Rc<str>>,
    pub(super) stack: Vec<Value>,
    memory: HashMap<usize, Value>,
}

impl Object {
    /// The last values, which are removed.
    pub(super) fn pop(&mut self, count: usize) -> Result<Vec<Value>> {
        let rest = self.stack.len().checked_sub(count);
        let rest = rest.ok_or_else(|| damaged("a value is missing"))?;
        Ok(self.stack.split_off(rest))
    }

    /// Values above the last mark.
    pub(super) fn since_mark(&self) -> usize {
        let values = self.stack.iter().rev();
        values
            .take_while(|value| !matches!(value, Value::Mark))
            .count()
    }

    /// Removes the mark under the value on top.
    pub(super) fn drop_under_top(&mut self) -> Result<()> {
        let top = self.pop(2)?.pop();
        self.stack.extend(top);
        Ok(())
    }

    pub(super) fn remember(&mut self, key: usize) -> Result<()> {
        let value = self.stack.last();
        let value = value.ok_or_else(|| damaged("a value is missing"))?;
        self.memory.insert(key, value.clone());
        Ok(())
    }

    pub(super) fn recall(&mut self, key: usize) -> Result<()> {
        let value = self.memory.get(&key);
        let value = value.ok_or_else(|| damaged("a value was not said before"))?;
        self.stack.push(value.clone());
        Ok(())
    }

    /// What a tuple means is told by what is in it.
    pub(super) fn tuple(&mut self, length: usize) -> Result<()> {
        let items = self.pop(length)?;
        let value = match items.as_slice() {
            [
                Value::Text(kind),
                Value::Class(class),
                Value::Text(name),
                ..,
            ] if &**kind == "storage" && &**class == "torch.FloatStorage" => {
                Value::Storage(Rc::clone(name))
            }
            [
                Value::Storage(storage),
                Value::Integer(offset),
                Value::Integers(shape),
                Value::Integers(strides),
                ..,
            ] if row_by_row(shape, strides) => Value::Tensor(Rc::new(Place {
                storage: Rc::clone(storage),
                offset: *offset,
                shape: Rc::clone(shape),
            })),
            items => {
                let integer = |item: &Value| match item {
                    Value::Integer(integer) => Some(*integer),
                    _ => None,
                };
                let integers: Option<Rc<[usize]>> = items.iter().map(integer).collect();
                integers.map_or(Value::Other, Value::Integers)
            }
        };
        self.stack.push(value);
        Ok(())
    }

    /// A class and its arguments -> what they make.
    pub(super) fn call(&mut self) -> Result<()> {
        let value = match self.pop(2)?.as_slice() {
            [Value::Class(class), Value::Tensor(place)]
                if &**class == "torch._utils._rebuild_tensor_v2" =>
            {
                Value::Tensor(Rc::clone(place))
            }
            _ => Value::Other,
        };
        self.stack.push(value);
        Ok(())
    }

    /// Items of a list, or keys and values of a dictionary.
    pub(super) fn keep(&mut self, items: &[Value]) {
        for pair in items.as_chunks::<2>().0 {
            if let [Value::Text(name), Value::Tensor(place)] = pair {
                self.places.insert(Rc::clone(name), Rc::clone(place));
            }
        }
        self.texts
            .extend(items.iter().filter_map(|item| match item {
                Value::Text(text) => Some(Rc::clone(text)),
                _ => None,
            }));
    }
}

/// Whether the numbers lie one after the other.
fn row_by_row(shape: &[usize], strides: &[usize]) -> bool {
    let mut expected = 1_usize;
    let dimensions = shape.iter().zip(strides).rev();
    shape.len() == strides.len()
        && dimensions.into_iter().all(|(&length, &stride)| {
            let right = stride == expected;
            expected = expected.saturating_mul(length);
            right
        })
}
