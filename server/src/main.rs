//! The `locutor` command.
fn main() {}
