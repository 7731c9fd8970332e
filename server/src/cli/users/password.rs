//! Where the password of a new account comes from.

use std::io::{BufRead, IsTerminal};

use anyhow::{Context, bail, ensure};
use clap::Args;
use console::Term;

use crate::{
    adapters::SystemRandomness, config::PasswordRules, features::accounts::generated_password,
};

/// Where the password comes from. Without an option it is asked for, or made where there is no
/// terminal to ask on.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct PasswordSource {
    /// Read the password from the first line of standard input.
    #[arg(long, conflicts_with = "generate_password")]
    password_stdin: bool,
    /// Make a password and print it; it cannot be shown again.
    #[arg(long)]
    generate_password: bool,
}

/// A password that somebody chose, or that was made here and must be shown once.
#[derive(Clone)]
pub enum Password {
    /// Somebody knows it.
    Chosen(String),
    /// Nobody does yet.
    Generated(String),
}

impl PasswordSource {
    #[cfg(test)]
    pub const STDIN: Self = Self {
        password_stdin: true,
        generate_password: false,
    };

    #[cfg(test)]
    pub const GENERATED: Self = Self {
        password_stdin: false,
        generate_password: true,
    };

    /// The password. `input` is standard input where that is no terminal.
    pub fn password(
        self,
        rules: &PasswordRules,
        input: &mut dyn BufRead,
    ) -> anyhow::Result<Password> {
        if self.password_stdin {
            return first_line(input).map(Password::Chosen);
        }
        let terminal = Term::stderr();
        if self.generate_password || !terminal.is_term() || !std::io::stdin().is_terminal() {
            let password = generated_password(&SystemRandomness, rules);
            return Ok(Password::Generated(password));
        }
        ask(&terminal).map(Password::Chosen)
    }
}

impl Password {
    /// Its text.
    pub fn text(&self) -> &str {
        match self {
            Self::Chosen(text) | Self::Generated(text) => text,
        }
    }

    /// The text, if nobody knows it yet.
    pub fn to_show(&self) -> Option<&str> {
        match self {
            Self::Chosen(_) => None,
            Self::Generated(text) => Some(text),
        }
    }
}

/// Only the line's end is no part of it.
fn first_line(input: &mut dyn BufRead) -> anyhow::Result<String> {
    let mut line = String::new();
    let failed = "cannot read the password from standard input; it must be text in UTF-8";
    input.read_line(&mut line).context(failed)?;
    let password = line.trim_end_matches(['\r', '\n']);
    ensure!(
        !password.is_empty(),
        "standard input holds no password; write it on the first line"
    );
    Ok(password.to_owned())
}

/// Twice, because nobody sees what is typed.
fn ask(terminal: &Term) -> anyhow::Result<String> {
    let line = |prompt: &str| {
        terminal.write_str(prompt)?;
        terminal.read_secure_line()
    };
    let failed = "cannot read from the terminal; use --password-stdin";
    let first = line("Password: ").context(failed)?;
    if line("The same again: ").context(failed)? != first {
        bail!("the two passwords differ; start again");
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_password_to_the_last_blank() {
        let read = |text: &str| first_line(&mut text.as_bytes());
        assert_eq!(read(" plum harbour \r\nrest").unwrap(), " plum harbour ");
        assert_eq!(read("plum").unwrap(), "plum");
        for empty in ["", "\n", "\r\nplum"] {
            assert!(read(empty).is_err(), "{empty:?}");
        }
    }

    #[test]
    fn only_a_generated_password_is_shown() {
        let rules = PasswordRules::default();
        let mut input = "plum harbour".as_bytes();
        let chosen = PasswordSource::STDIN.password(&rules, &mut input).unwrap();
        assert_eq!((chosen.text(), chosen.to_show()), ("plum harbour", None));
        let made = PasswordSource::GENERATED
            .password(&rules, &mut input)
            .unwrap();
        assert_eq!(made.to_show(), Some(made.text()));
    }
}
