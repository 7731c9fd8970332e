//! Numbers in words: what the languages have in common.
//!
//! A number is said from its largest scale to its smallest, each with how many times it counts, and then what is left:
//! [`by_scales`]. Below a thousand, hundreds ([`by_hundreds`]) and tens ([`by_tens`]) have names to which the rest is
//! joined. What only one language does stays in its own file.

/// A scale such as a million.
pub(super) struct Scale {
    value: u64,
    /// One of it, with the word for one where that is said.
    one: &'static str,
    /// Its name after any other number.
    many: &'static str,
}

impl Scale {
    pub(super) const fn new(value: u64, one: &'static str, many: &'static str) -> Self {
        Self { value, one, many }
    }
}

/// Says a number by its scales, the largest first. `times` says how many of a scale there are, two or more, and gets its
/// value as well; `below` says what is less than the last scale.
pub(super) fn by_scales(
    number: u64,
    scales: &[Scale],
    times: impl Fn(u64, u64) -> String,
    below: impl Fn(u64) -> String,
) -> String {
    let mut words = Vec::new();
    let mut rest = number;
    for scale in scales {
        match rest / scale.value {
            0 => {}
            1 => words.push(scale.one.to_owned()),
            count => words.push(format!("{} {}", times(count, scale.value), scale.many)),
        }
        rest %= scale.value;
    }
    if rest > 0 || words.is_empty() {
        words.push(below(rest));
    }
    words.join(" ")
}

/// Says a number below a thousand where hundreds have their own names, of which the first is that of a hundred alone.
pub(super) fn by_hundreds(
    number: u64,
    names: &[&str; 10],
    joined: &str,
    below: impl Fn(u64) -> String,
) -> String {
    match (number / 100, number % 100) {
        (0, rest) => below(rest),
        (1, 0) => names[0].to_owned(),
        (hundreds, 0) => names[hundreds as usize].to_owned(),
        (hundreds, rest) => format!("{}{joined}{}", names[hundreds as usize], below(rest)),
    }
}

/// Says a number below a hundred: by its own name as long as there are such names, else the ten and the unit.
pub(super) fn by_tens(number: u64, names: &[&str], tens: &[&str; 10], joined: &str) -> String {
    if let Some(name) = names.get(number as usize) {
        return (*name).to_owned();
    }
    let ten = tens[(number / 10) as usize];
    match number % 10 {
        0 => ten.to_owned(),
        unit => format!("{ten}{joined}{}", names[unit as usize]),
    }
}
