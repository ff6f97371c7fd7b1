//! Operators: what can be asked of one field, by the type of its values.

use async_graphql::{ID, InputObject, InputType};
use sea_orm::Value;
use store::{Predicate, Table, fold::fold};

use crate::graphql::scalar::{Date, DateTime, Decimal};

/// The tests of one field.
pub trait Operators {
    /// All of which a row must pass.
    fn predicates(&self) -> Vec<Predicate>;
}

/// Operators of a text. Texts are compared folded: without case, accents and surplus white space.
#[derive(Clone, Debug, Default, InputObject)]
pub struct TextFilter {
    /// Is this value.
    pub eq: Option<String>,
    /// Is another value than this.
    pub neq: Option<String>,
    /// Is one of these values.
    pub r#in: Option<Vec<String>>,
    /// Is none of these values.
    pub not_in: Option<Vec<String>>,
    /// Is less than this.
    pub lt: Option<String>,
    /// Is this or less.
    pub lte: Option<String>,
    /// Is greater than this.
    pub gt: Option<String>,
    /// Is this or greater.
    pub gte: Option<String>,
    /// Contains this text.
    pub contains: Option<String>,
    /// Begins with this text.
    pub starts_with: Option<String>,
    /// Is null, or is not.
    pub is_null: Option<bool>,
}

impl Operators for TextFilter {
    fn predicates(&self) -> Vec<Predicate> {
        let text = |text: &String| Value::from(fold(text));
        let texts = |texts: &Vec<String>| texts.iter().map(text).collect::<Vec<_>>();
        let folded = |text: &String| fold(text);
        [
            self.eq.as_ref().map(text).map(Predicate::Eq),
            self.neq.as_ref().map(text).map(Predicate::Neq),
            self.r#in.as_ref().map(texts).map(Predicate::In),
            self.not_in.as_ref().map(texts).map(Predicate::NotIn),
            self.lt.as_ref().map(text).map(Predicate::Lt),
            self.lte.as_ref().map(text).map(Predicate::Lte),
            self.gt.as_ref().map(text).map(Predicate::Gt),
            self.gte.as_ref().map(text).map(Predicate::Gte),
            self.contains.as_ref().map(folded).map(Predicate::Contains),
            self.starts_with.as_ref().map(folded).map(Predicate::StartsWith),
            self.is_null.map(Predicate::IsNull),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Operators of an identifier of somebody else's system, which is compared to the letter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ExactFilter {
    /// Is this value.
    pub eq: Option<String>,
    /// Is another value than this.
    pub neq: Option<String>,
    /// Is one of these values.
    pub r#in: Option<Vec<String>>,
    /// Is none of these values.
    pub not_in: Option<Vec<String>>,
    /// Begins with this text.
    pub starts_with: Option<String>,
    /// Is null, or is not.
    pub is_null: Option<bool>,
}

impl Operators for ExactFilter {
    fn predicates(&self) -> Vec<Predicate> {
        let texts = |texts: &Vec<String>| texts.iter().map(|text| Value::from(text.as_str())).collect::<Vec<_>>();
        [
            self.eq.as_deref().map(Value::from).map(Predicate::Eq),
            self.neq.as_deref().map(Value::from).map(Predicate::Neq),
            self.r#in.as_ref().map(texts).map(Predicate::In),
            self.not_in.as_ref().map(texts).map(Predicate::NotIn),
            self.starts_with.clone().map(Predicate::StartsWith),
            self.is_null.map(Predicate::IsNull),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Operators of a list of words.
#[derive(Clone, Debug, Default, InputObject)]
pub struct WordsFilter {
    /// Has this word.
    pub has: Option<String>,
    /// Has no words, or has some.
    pub is_null: Option<bool>,
}

impl Operators for WordsFilter {
    fn predicates(&self) -> Vec<Predicate> {
        // The list is JSON text; a word in it stands between quotes, escaped as JSON escapes it.
        let has = |word: &String| Predicate::Contains(serde_json::Value::String(fold(word)).to_string());
        [self.has.as_ref().map(has), self.is_null.map(Predicate::IsNull)].into_iter().flatten().collect()
    }
}

/// A value that can be compared.
pub trait Comparable: InputType {
    /// What it is compared as.
    fn value(&self) -> Value;
}

impl Comparable for DateTime {
    fn value(&self) -> Value {
        self.0.into()
    }
}
impl Comparable for Date {
    fn value(&self) -> Value {
        self.0.into()
    }
}
impl Comparable for Decimal {
    fn value(&self) -> Value {
        self.0.0.into()
    }
}
impl Comparable for i32 {
    fn value(&self) -> Value {
        (*self).into()
    }
}

/// Makes the tests of a value that has an order.
macro_rules! compare {
    ($($(#[$doc:meta])* $filter:ident of $type:ty)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, InputObject)]
        pub struct $filter {
            /// Is this value.
            pub eq: Option<$type>,
            /// Is another value than this.
            pub neq: Option<$type>,
            /// Is one of these values.
            pub r#in: Option<Vec<$type>>,
            /// Is none of these values.
            pub not_in: Option<Vec<$type>>,
            /// Is less than this.
            pub lt: Option<$type>,
            /// Is this or less.
            pub lte: Option<$type>,
            /// Is greater than this.
            pub gt: Option<$type>,
            /// Is this or greater.
            pub gte: Option<$type>,
            /// Is null, or is not.
            pub is_null: Option<bool>,
        }

        impl Operators for $filter {
            fn predicates(&self) -> Vec<Predicate> {
                let value = |value: &$type| Comparable::value(value);
                let values = |values: &Vec<$type>| values.iter().map(value).collect::<Vec<_>>();
                [
                    self.eq.as_ref().map(value).map(Predicate::Eq),
                    self.neq.as_ref().map(value).map(Predicate::Neq),
                    self.r#in.as_ref().map(values).map(Predicate::In),
                    self.not_in.as_ref().map(values).map(Predicate::NotIn),
                    self.lt.as_ref().map(value).map(Predicate::Lt),
                    self.lte.as_ref().map(value).map(Predicate::Lte),
                    self.gt.as_ref().map(value).map(Predicate::Gt),
                    self.gte.as_ref().map(value).map(Predicate::Gte),
                    self.is_null.map(Predicate::IsNull),
                ]
                .into_iter()
                .flatten()
                .collect()
            }
        }
    )* };
}

compare! {
    /// Operators of a moment. A comparison with null is false.
    DateTimeFilter of DateTime
    /// Operators of a day. A comparison with null is false.
    DateFilter of Date
    /// Operators of a decimal number. A comparison with null is false.
    DecimalFilter of Decimal
    /// Operators of a whole number. A comparison with null is false.
    IntFilter of i32
}

/// Operators of an id. An id that names nothing is equal to none.
#[derive(Clone, Debug, Default, InputObject)]
pub struct IdFilter {
    /// Is this value.
    pub eq: Option<ID>,
    /// Is another value than this.
    pub neq: Option<ID>,
    /// Is one of these values.
    pub r#in: Option<Vec<ID>>,
    /// Is none of these values.
    pub not_in: Option<Vec<ID>>,
    /// Is null, or is not.
    pub is_null: Option<bool>,
}

impl Operators for IdFilter {
    fn predicates(&self) -> Vec<Predicate> {
        let id = |id: &ID| Value::from(Table::for_id(id).and_then(|table| table.decode_id(id)).unwrap_or_default());
        let ids = |ids: &Vec<ID>| ids.iter().map(id).collect::<Vec<_>>();
        [
            self.eq.as_ref().map(id).map(Predicate::Eq),
            self.neq.as_ref().map(id).map(Predicate::Neq),
            self.r#in.as_ref().map(ids).map(Predicate::In),
            self.not_in.as_ref().map(ids).map(Predicate::NotIn),
            self.is_null.map(Predicate::IsNull),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Operators of yes or no.
#[derive(Clone, Debug, Default, InputObject)]
pub struct BooleanFilter {
    /// Is this.
    pub eq: Option<bool>,
    /// Is null, or is not.
    pub is_null: Option<bool>,
}

impl Operators for BooleanFilter {
    fn predicates(&self) -> Vec<Predicate> {
        let eq = self.eq.map(|yes| Predicate::Eq(yes.into()));
        [eq, self.is_null.map(Predicate::IsNull)].into_iter().flatten().collect()
    }
}

/// Makes the tests of an enum of the schema over an enum of a column.
macro_rules! enum_filter {
    ($($filter:ident of $type:ident as $column:ty;)*) => { $(
        /// Operators of one of a few values. A comparison with null is false.
        #[derive(Clone, Debug, Default, async_graphql::InputObject)]
        pub struct $filter {
            /// Is this value.
            pub eq: Option<$type>,
            /// Is another value than this.
            pub neq: Option<$type>,
            /// Is one of these values.
            pub r#in: Option<Vec<$type>>,
            /// Is none of these values.
            pub not_in: Option<Vec<$type>>,
            /// Is null, or is not.
            pub is_null: Option<bool>,
        }

        impl $crate::graphql::filter::Operators for $filter {
            fn predicates(&self) -> Vec<::store::Predicate> {
                use ::store::Predicate;
                let value = |value: &$type| sea_orm::Value::from(::store::table::enum_text(&<$column>::from(*value)));
                let values = |values: &Vec<$type>| values.iter().map(value).collect::<Vec<_>>();
                [
                    self.eq.as_ref().map(value).map(Predicate::Eq),
                    self.neq.as_ref().map(value).map(Predicate::Neq),
                    self.r#in.as_ref().map(values).map(Predicate::In),
                    self.not_in.as_ref().map(values).map(Predicate::NotIn),
                    self.is_null.map(Predicate::IsNull),
                ]
                .into_iter()
                .flatten()
                .collect()
            }
        }
    )* };
}
pub(in crate::graphql) use enum_filter;
