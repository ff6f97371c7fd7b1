//! The options of `cargo xtask bench peers`.

use std::path::PathBuf;

use super::adapter::Peer;

#[derive(Debug, PartialEq)]
pub struct Options {
    pub tenants: usize,
    /// Customers of each tenant.
    pub customers: usize,
    pub connections: Vec<usize>,
    pub rounds: usize,
    /// The length of one measurement.
    pub seconds: u64,
    pub peers: Vec<Peer>,
    pub build: Build,
    /// Whether bench/README.md is written.
    pub write: bool,
}

/// The Fieldgate that is measured.
#[derive(Debug, PartialEq)]
pub enum Build {
    Profile(String),
    /// A program that is built already.
    Program(PathBuf),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tenants: 20,
            customers: 1_000,
            connections: vec![1, 8, 32],
            rounds: 3,
            seconds: 5,
            peers: Peer::ALL.to_vec(),
            build: Build::Profile("dist".to_owned()),
            write: true,
        }
    }
}

impl Options {
    /// Options and their values in any order. None: one of them is unknown or wrong.
    pub fn parse(args: &[String]) -> Option<Self> {
        let mut options = Self::default();
        let mut args = args.iter().map(String::as_str);
        while let Some(name) = args.next() {
            if name == "--no-write" {
                options.write = false;
                continue;
            }
            let value = args.next()?;
            let number = || value.parse().ok().filter(|number| *number > 0);
            match name {
                "--tenants" => options.tenants = number()?,
                "--customers" => options.customers = number().filter(|number| *number >= MIN_CUSTOMERS)?,
                "--rounds" => options.rounds = number()?,
                "--seconds" => options.seconds = value.parse().ok().filter(|seconds| *seconds > 0)?,
                "--connections" => options.connections = list(value, |item| item.parse().ok())?,
                "--peers" => options.peers = list(value, Peer::named)?,
                "--profile" => options.build = Build::Profile(value.to_owned()),
                "--program" => options.build = Build::Program(PathBuf::from(value)),
                _ => return None,
            }
        }
        Some(options)
    }
}

/// The queries need a page of 50 customers, and as many that no query shows, to write to.
const MIN_CUSTOMERS: usize = 100;

fn list<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Option<Options> {
        Options::parse(&line.split_whitespace().map(String::from).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_in_any_order_and_have_defaults() {
        let options = parsed("--seconds 4 --peers fieldgate,yoga --tenants 2 --connections 1,8 --no-write").unwrap();
        let peers = vec![Peer::Fieldgate, Peer::Yoga];
        let connections = vec![1, 8];
        assert_eq!(options, Options { tenants: 2, seconds: 4, connections, peers, write: false, ..Options::default() });
        assert_eq!(parsed(""), Some(Options::default()));
    }

    #[test]
    fn a_wrong_option_is_refused() {
        for line in ["--tenant 2", "--tenants", "--tenants 0", "--tenants two", "--customers 99", "--peers hasura"] {
            assert_eq!(parsed(line), None, "{line}");
        }
    }
}
