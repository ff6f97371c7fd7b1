//! Choices that look random and are always the same.

use domain::value::FieldUpdate;

/// A source of choices.
#[derive(Clone)]
pub struct Pick(fastrand::Rng);

impl Pick {
    /// The choices of one row: its type and number decide them, not what was chosen before.
    pub fn of(what: &str, index: u32) -> Self {
        let seed =
            what.bytes().fold(u64::from(index) + 1, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        Self(fastrand::Rng::with_seed(seed))
    }

    /// One of a few.
    pub fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.0.usize(..of.len())]
    }

    /// A whole number, both ends included.
    pub fn number(&mut self, from: i32, to: i32) -> i32 {
        self.0.i32(from..=to)
    }

    /// A whole number from 0 up to, but not with, another.
    pub fn below(&mut self, end: u32) -> u32 {
        self.0.u32(..end.max(1))
    }

    /// Yes, so many times of a hundred.
    pub fn percent(&mut self, yes: i32) -> bool {
        self.number(1, 100) <= yes
    }

    /// A value, so many times of a hundred.
    pub fn some<T>(&mut self, yes: i32, value: impl FnOnce(&mut Self) -> T) -> FieldUpdate<T> {
        if self.percent(yes) { FieldUpdate::Set(value(self)) } else { FieldUpdate::Keep }
    }

    /// A person's name.
    pub fn person(&mut self) -> String {
        format!("{} {}", self.one(FIRST), self.one(LAST))
    }

    /// A telephone number of a range that is kept for fiction.
    pub fn phone(&mut self) -> String {
        format!("({}) 555-01{:02}", self.one(&["214", "512", "713", "206", "503", "541"]), self.number(0, 99))
    }

    /// A street and number.
    pub fn street(&mut self) -> String {
        format!("{} {}", self.number(100, 9900), self.one(STREETS))
    }
}

const FIRST: &[&str] = &[
    "Ada", "Miguel", "Grace", "Darnell", "Priya", "Tom", "Renée", "Walter", "Linh", "Sofía", "Hank", "Ingrid",
    "Marcus", "Olivia", "Rosa", "Jürgen", "Keiko", "Dale", "Noor", "Carl",
];
const LAST: &[&str] = &[
    "Alvarez", "Brooks", "Chen", "Dawson", "Eriksen", "Flores", "Goldberg", "Hughes", "Ibarra", "Johnson", "Kowalski",
    "Lopez", "Müller", "Nguyen", "O'Neill", "Patel", "Quinn", "Ramirez", "Smith", "Turner",
];
const STREETS: &[&str] = &[
    "Industrial Blvd",
    "Commerce St",
    "Main St",
    "Elm Ave",
    "Dockside Rd",
    "Railroad Ave",
    "Cedar Ln",
    "Market St",
    "Old Mill Rd",
    "Harbor Way",
    "Airport Fwy",
    "Ranch Rd 12",
];
