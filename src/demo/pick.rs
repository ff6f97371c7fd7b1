//! Pseudo-random choices that are the same at every start.

use domain::value::FieldUpdate;

/// A source of pseudo-random choices.
#[derive(Clone)]
pub struct Pick(fastrand::Rng);

impl Pick {
    /// The choices of one row. They depend on its table and index only, not on earlier choices.
    pub fn for_row(table: &str, index: u32) -> Self {
        let seed =
            table.bytes().fold(u64::from(index) + 1, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        Self(fastrand::Rng::with_seed(seed))
    }

    /// One of the choices.
    pub fn one<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.0.usize(..choices.len())]
    }

    /// An integer of a range, both ends included.
    pub fn number(&mut self, from: i32, to: i32) -> i32 {
        self.0.i32(from..=to)
    }

    /// An integer from 0 to an excluded end.
    pub fn below(&mut self, end: u32) -> u32 {
        self.0.u32(..end.max(1))
    }

    /// True with this probability.
    pub fn percent(&mut self, probability: i32) -> bool {
        self.number(1, 100) <= probability
    }

    /// A value with this probability in percent.
    pub fn some<T>(&mut self, probability: i32, value: impl FnOnce(&mut Self) -> T) -> FieldUpdate<T> {
        if self.percent(probability) { FieldUpdate::Set(value(self)) } else { FieldUpdate::Keep }
    }

    /// A person's name.
    pub fn person(&mut self) -> String {
        format!("{} {}", self.one(FIRST_NAMES), self.one(LAST_NAMES))
    }

    /// A telephone number of the range that is reserved for fiction.
    pub fn phone(&mut self) -> String {
        format!("({}) 555-01{:02}", self.one(&["214", "512", "713", "206", "503", "541"]), self.number(0, 99))
    }

    /// A street and number.
    pub fn street(&mut self) -> String {
        format!("{} {}", self.number(100, 9900), self.one(STREETS))
    }
}

const FIRST_NAMES: &[&str] = &[
    "Ada", "Miguel", "Grace", "Darnell", "Priya", "Tom", "Renée", "Walter", "Linh", "Sofía", "Hank", "Ingrid",
    "Marcus", "Olivia", "Rosa", "Jürgen", "Keiko", "Dale", "Noor", "Carl",
];
const LAST_NAMES: &[&str] = &[
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
