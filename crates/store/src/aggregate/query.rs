//! What an aggregate asks for, and the groups that answer it.

use std::sync::Arc;

use error::Result;
use sea_orm::{Value, prelude::Uuid, sea_query::ArrayType};

/// A value of each row.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A column of the list's table.
    Column {
        /// Its name.
        name: &'static str,
        /// The type of its values.
        value_type: ArrayType,
    },
    /// A column of the value of a custom field.
    Custom {
        /// The id of the field's definition.
        definition: Uuid,
        /// The column of a value that holds the id of the list's row.
        owner: &'static str,
        /// The column of a value.
        column: &'static str,
        /// The type of its values.
        value_type: ArrayType,
    },
}

/// Computes the edges of the buckets from the first and the last value.
pub type Edges = Arc<dyn Fn(&Value, &Value) -> Result<Vec<Value>> + Send + Sync>;

/// How the values of a key are cut into buckets.
#[derive(Clone)]
pub struct Calendar {
    /// A name that is equal for equal calendars.
    pub name: String,
    /// The edges of the buckets that hold two values and all between them, ascending; the last one is the end of the last bucket.
    pub edges: Edges,
}

/// What rows are grouped by.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The value.
    pub operand: Operand,
    /// The text that stands for the value: the first one of a group in the order of its bytes.
    pub text: Option<Operand>,
    /// Into which buckets the values are cut.
    pub calendar: Option<Calendar>,
}

/// What is computed of a value of the rows of a group; null counts nowhere.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// The sum and the count of the values, which are integers.
    Sum(Operand),
    /// The number of different values.
    Distinct(Operand),
    /// The least value.
    Minimum(Operand),
    /// The greatest value.
    Maximum(Operand),
}

/// The result of a measure.
#[derive(Clone, Debug, PartialEq)]
pub enum Measured {
    /// A sum, and of how many values.
    Sum(i128, i64),
    /// A number of values.
    Count(i64),
    /// A value; null if there is none.
    Value(Value),
}

/// The keys of an aggregate, and the measures that one statement computes by them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aggregate {
    /// The keys.
    pub keys: Vec<Key>,
    /// The measures of each statement, and by what its groups are partitioned besides the keys: amounts of money by their
    /// currency.
    pub parts: Vec<(Option<Operand>, Vec<Measure>)>,
}

/// A group of a statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The values of the keys; of a key with a calendar, the index of the bucket. Null is a value.
    pub keys: Vec<Value>,
    /// The texts of the keys that have one.
    pub texts: Vec<Option<String>>,
    /// The partition: a currency.
    pub partition: Option<String>,
    /// How many rows there are.
    pub count: i64,
    /// The results of the measures.
    pub measured: Vec<Measured>,
}

/// The groups of a list: those of each part, and the edges of the buckets of each key.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    /// The edges of the buckets; none for a key without a calendar.
    pub edges: Vec<Arc<[Value]>>,
    /// The groups of each part.
    pub parts: Vec<Vec<Group>>,
}

/// Two calendars are equal if they have the same name.
impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl std::fmt::Debug for Calendar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Calendar").field(&self.name).finish()
    }
}

impl Operand {
    /// The type of its values.
    pub fn value_type(&self) -> &ArrayType {
        match self {
            Self::Column { value_type, .. } | Self::Custom { value_type, .. } => value_type,
        }
    }
}

impl Measure {
    /// The value that it is computed of.
    pub fn operand(&self) -> &Operand {
        match self {
            Self::Sum(operand) | Self::Distinct(operand) | Self::Minimum(operand) | Self::Maximum(operand) => operand,
        }
    }
}
