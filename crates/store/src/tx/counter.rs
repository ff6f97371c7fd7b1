//! The numbers of one counter in a transaction: those given to rows, and free ones that follow.

use std::collections::VecDeque;

/// How many numbers the second row of a transaction looks at; each further look is at four times as many.
const FIRST_LOOK: i64 = 16;

/// The numbers of one counter in a transaction, which has locked the counter.
#[derive(Debug)]
pub struct Counter {
    /// The number that the stored counter has.
    stored: i64,
    /// The last number given to a row, or looked at and found in use.
    last: i64,
    /// Free numbers after it.
    free: VecDeque<i64>,
    /// How many numbers the next look is at.
    look: i64,
}

impl Counter {
    /// The numbers before the first row gets one.
    pub fn first(stored: i64, free: i64) -> Self {
        Self { stored, last: free - 1, free: VecDeque::from([free]), look: FIRST_LOOK }
    }

    /// The numbers after a look from the first number to the last one.
    pub fn looked_at(stored: i64, first: i64, last: i64, free: VecDeque<i64>) -> Self {
        // If none is free, the next look begins after them.
        let used = if free.is_empty() { last } else { first - 1 };
        Self { stored, last: used, free, look: (last - first + 1) * 4 }
    }

    /// The stored number, and the first and the last number of the next look.
    pub fn next_look(&self) -> (i64, i64, i64) {
        (self.stored, self.last + 1, self.last + self.look)
    }

    /// The next free number as text, unless a row that waits for its insertion has it.
    pub fn take(&mut self, prefix: &str, is_taken: impl Fn(&str) -> bool) -> Option<String> {
        loop {
            self.last = self.free.pop_front()?;
            let text = format!("{prefix}{:05}", self.last);
            if !is_taken(&text) {
                return Some(text);
            }
        }
    }

    /// The number that the stored counter gets; nothing, if it has it.
    pub fn to_store(&self) -> Option<i64> {
        (self.last != self.stored).then_some(self.last)
    }
}
