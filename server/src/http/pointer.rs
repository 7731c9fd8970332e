//! JSON pointers (RFC 6901) in the form of a URI fragment, from the paths that faults name.

use std::fmt::Write;

/// The pointer of a path such as `messages[0].role`: `#/messages/0/role`. The whole body is `#`.
pub fn pointer(path: &str) -> String {
    let mut pointer = "#".to_owned();
    for name in path.split('.').filter(|name| !name.is_empty()) {
        let (name, indices) = split_indices(name);
        if !name.is_empty() {
            push(&mut pointer, name);
        }
        for index in indices {
            push(&mut pointer, index);
        }
    }
    pointer
}

/// `a[0][1]` into `a` and `0`, `1`.
fn split_indices(name: &str) -> (&str, impl Iterator<Item = &str>) {
    let end = name.find('[').filter(|_| name.ends_with(']'));
    let (name, indices) = name.split_at(end.unwrap_or(name.len()));
    let indices = indices.split(['[', ']']).filter(|index| !index.is_empty());
    (name, indices)
}

/// One step more, with `~` and `/` escaped as in a pointer, and the rest as in a URI.
fn push(pointer: &mut String, step: &str) {
    pointer.push('/');
    for byte in step.bytes() {
        match byte {
            b'~' => pointer.push_str("~0"),
            b'/' => pointer.push_str("~1"),
            b'-' | b'.' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                pointer.push(char::from(byte));
            }
            // Writing into a string cannot fail.
            other => write!(pointer, "%{other:02X}").unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_pointer() {
        for (path, expected) in [
            ("", "#"),
            (".", "#"),
            ("name", "#/name"),
            ("messages[0].role", "#/messages/0/role"),
            ("a[1][2].b", "#/a/1/2/b"),
            ("[3]", "#/3"),
            ("tags[]", "#/tags"),
            ("a/b~c", "#/a~1b~0c"),
            ("größe x", "#/gr%C3%B6%C3%9Fe%20x"),
        ] {
            assert_eq!(pointer(path), expected, "{path}");
        }
    }
}
