//! Attempts: a transaction is repeated if a concurrent one aborts it or makes it break a constraint.

use error::{Error, Result};

/// How often a transaction is tried before the caller gets `Busy` or the violation of the constraint.
const MAX_ATTEMPTS: u32 = 5;

/// The attempts that a write has left. A value and not a loop, because a closure that is called again cannot borrow what it
/// reads and give a future that can be sent.
#[derive(Debug)]
pub struct Attempts(u32);

impl Default for Attempts {
    fn default() -> Self {
        Self(MAX_ATTEMPTS)
    }
}

impl Attempts {
    /// The result of the write; nothing if it is to be tried again, so that its rules see what the other transaction wrote.
    pub fn result<T>(&mut self, result: Result<T>) -> Option<Result<T>> {
        self.0 = self.0.saturating_sub(1);
        match result {
            Err(Error::Busy | Error::LostRace(_)) if self.0 > 0 => None,
            Err(Error::LostRace(violation)) => Some(Err(Error::Invalid(vec![violation]))),
            result => Some(result),
        }
    }
}
