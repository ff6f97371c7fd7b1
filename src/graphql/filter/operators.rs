//! Operators: the conditions on one field, by the type of its values.

use async_graphql::{ID, InputObject};
use sea_orm::Value;
use store::{Predicate, Table, fold::fold};

use crate::graphql::scalar::{Date, DateTime, Decimal};

/// What the column of a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A value of an enum.
    Enum,
    /// A text, compared as it is folded.
    Text,
    /// A text, compared exactly.
    Exact,
    /// Yes or no.
    Boolean,
    /// A whole number.
    Integer,
    /// A decimal, in millionths.
    Decimal,
    /// A time.
    Time,
    /// A date.
    Date,
    /// The id of a record.
    Id,
    /// A list of words.
    Words,
}

/// The conditions on one field.
pub trait Operators {
    /// What the field's column holds.
    const KIND: ColumnKind = ColumnKind::Enum;

    /// The values of an enum: each as it is stored, and its name in the schema.
    fn names() -> Vec<(Value, &'static str)> {
        Vec::new()
    }

    /// The predicates that the field's column must all satisfy.
    fn predicates(&self) -> Vec<Predicate>;
}

/// Defines the operators on values of a type, in the one place that lists them.
///
/// All filters have `eq`, `neq`, `in`, `notIn` and `isNull`; `ordering`, `contains` and `starts_with` add the others.
/// The closure turns a value into the operand that the column is compared with.
///
/// ```ignore
/// operators! {
///     /// Conditions on a date.
///     DateFilter of Date as |date: &Date| date.0, ordering Date;
/// }
/// ```
///
/// expands to
///
/// ```ignore
/// /// Conditions on a date.
/// #[derive(Clone, Debug, Default, InputObject)]
/// pub struct DateFilter {
///     pub eq: Option<Date>,
///     pub neq: Option<Date>,
///     pub r#in: Option<Vec<Date>>,
///     pub not_in: Option<Vec<Date>>,
///     pub lt: Option<Date>,
///     pub lte: Option<Date>,
///     pub gt: Option<Date>,
///     pub gte: Option<Date>,
///     pub is_null: Option<bool>,
/// }
///
/// impl Operators for DateFilter {
///     fn predicates(&self) -> Vec<Predicate> {
///         let operand = |date: &Date| date.0;
///         [
///             self.eq.as_ref().map(|value| Predicate::Eq(operand(value).into())),
///             // One line for each of the other operators.
///             self.is_null.map(Predicate::IsNull),
///         ]
///         .into_iter()
///         .flatten()
///         .collect()
///     }
/// }
/// ```
///
/// Generic types cannot replace this macro: `derive(InputObject)` takes the names of all instances of a generic type
/// where the type is defined, while every enum defines its filter in the file of its domain.
macro_rules! operators {
    (@names [$operand:expr] [$value:ty]) => {
        fn names() -> Vec<(sea_orm::Value, &'static str)> {
            let operand = $operand;
            let items = <$value as async_graphql::resolver_utils::EnumType>::items();
            items.iter().map(|item| (operand(&item.value).into(), item.name)).collect()
        }
    };
    (@names [$operand:expr] [$value:ty] $kind:ident) => {};
    ($(
        $(#[$doc:meta])*
        $filter:ident of $value:ty as $operand:expr
        $(, ordering $ordered:ty)? $(, contains $contained:ty)? $(, starts_with $prefix:ty)? $(, kind $kind:ident)?;
    )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, async_graphql::InputObject)]
        pub struct $filter {
            /// Equal to this value.
            pub eq: Option<$value>,
            /// Not equal to this value.
            pub neq: Option<$value>,
            /// Equal to one of these values.
            pub r#in: Option<Vec<$value>>,
            /// Equal to none of these values.
            pub not_in: Option<Vec<$value>>,
            $(
                /// Less than this value.
                pub lt: Option<$ordered>,
                /// Less than or equal to this value.
                pub lte: Option<$ordered>,
                /// Greater than this value.
                pub gt: Option<$ordered>,
                /// Greater than or equal to this value.
                pub gte: Option<$ordered>,
            )?
            $(
                /// Contains this text.
                pub contains: Option<$contained>,
            )?
            $(
                /// Starts with this text.
                pub starts_with: Option<$prefix>,
            )?
            /// Null (true) or not null (false).
            pub is_null: Option<bool>,
        }

        impl $crate::graphql::filter::Operators for $filter {
            $(const KIND: $crate::graphql::filter::ColumnKind = $crate::graphql::filter::ColumnKind::$kind;)?

            $crate::graphql::filter::operators! { @names [$operand] [$value] $($kind)? }

            fn predicates(&self) -> Vec<::store::Predicate> {
                use ::store::Predicate;
                let operand = $operand;
                let operands = |values: &Vec<$value>| values.iter().map(|value| operand(value).into()).collect();
                [
                    self.eq.as_ref().map(|value| Predicate::Eq(operand(value).into())),
                    self.neq.as_ref().map(|value| Predicate::Neq(operand(value).into())),
                    self.r#in.as_ref().map(|values| Predicate::In(operands(values))),
                    self.not_in.as_ref().map(|values| Predicate::NotIn(operands(values))),
                    $(
                        self.lt.as_ref().map(|bound: &$ordered| Predicate::Lt(operand(bound).into())),
                        self.lte.as_ref().map(|bound| Predicate::Lte(operand(bound).into())),
                        self.gt.as_ref().map(|bound| Predicate::Gt(operand(bound).into())),
                        self.gte.as_ref().map(|bound| Predicate::Gte(operand(bound).into())),
                    )?
                    $(self.contains.as_ref().map(|text: &$contained| Predicate::Contains(operand(text))),)?
                    $(self.starts_with.as_ref().map(|text: &$prefix| Predicate::StartsWith(operand(text))),)?
                    self.is_null.map(Predicate::IsNull),
                ]
                .into_iter()
                .flatten()
                .collect()
            }
        }
    )* };
}
pub(in crate::graphql) use operators;

operators! {
    /// Conditions on a text field. Case, accents and surplus white space are ignored; texts are ordered alphabetically.
    /// A null field matches only `isNull: true`.
    TextFilter of String as |text: &String| fold(text), ordering String, contains String, starts_with String,
        kind Text;
    /// Conditions on an identifier of another system, compared exactly. A null field matches only `isNull: true`.
    ExactFilter of String as |text: &String| text.clone(), starts_with String, kind Exact;
    /// Conditions on a time. A null field matches only `isNull: true`.
    DateTimeFilter of DateTime as |at: &DateTime| at.0, ordering DateTime, kind Time;
    /// Conditions on a date. A null field matches only `isNull: true`.
    DateFilter of Date as |date: &Date| date.0, ordering Date, kind Date;
    /// Conditions on a decimal number. A null field matches only `isNull: true`.
    DecimalFilter of Decimal as |number: &Decimal| number.0.0, ordering Decimal, kind Decimal;
    /// Conditions on a whole number. A null field matches only `isNull: true`.
    IntFilter of i32 as |number: &i32| *number, ordering i32, kind Integer;
    /// Conditions on an id. An id of no record equals none. A null field matches only `isNull: true`.
    IdFilter of ID as |id: &ID| Table::for_id(id).and_then(|table| table.decode_id(id)).unwrap_or_default(), kind Id;
}

/// Defines the operators of an enum of the schema, over the enum of its column.
///
/// `enum_filter! { AssetStatusFilter of AssetStatus as asset::Status; }` expands to
///
/// ```ignore
/// operators! {
///     /// Conditions on an enum value. A null field matches only `isNull: true`.
///     AssetStatusFilter of AssetStatus as |value: &AssetStatus| enum_text(&asset::Status::from(*value));
/// }
/// ```
macro_rules! enum_filter {
    ($($filter:ident of $enum:ident as $column:ty;)*) => {
        $crate::graphql::filter::operators! { $(
            /// Conditions on an enum value. A null field matches only `isNull: true`.
            $filter of $enum as |value: &$enum| ::store::table::enum_text(&<$column>::from(*value));
        )* }
    };
}
pub(in crate::graphql) use enum_filter;

/// Conditions on a Boolean. A null field matches only `isNull: true`.
#[derive(Clone, Debug, Default, InputObject)]
pub struct BooleanFilter {
    /// Equal to this value.
    pub eq: Option<bool>,
    /// Null (true) or not null (false).
    pub is_null: Option<bool>,
}

impl Operators for BooleanFilter {
    const KIND: ColumnKind = ColumnKind::Boolean;

    fn predicates(&self) -> Vec<Predicate> {
        let eq = self.eq.map(|value| Predicate::Eq(value.into()));
        [eq, self.is_null.map(Predicate::IsNull)].into_iter().flatten().collect()
    }
}

/// The predicate that a column with a JSON array of texts has a text: it is searched with its quotes, escaped as JSON
/// escapes it.
pub fn has_element(text: &str) -> Predicate {
    match text {
        // The only text that would be found between two others. No list has it.
        "," => Predicate::In(Vec::new()),
        text => Predicate::Contains(serde_json::Value::from(text).to_string()),
    }
}

/// Conditions on a list of words. Case, accents and surplus white space are ignored.
#[derive(Clone, Debug, Default, InputObject)]
pub struct WordsFilter {
    /// Contains this word.
    pub has: Option<String>,
    /// Contains at least one of these words.
    pub has_any: Option<Vec<String>>,
    /// Null or without words (true), or with words (false).
    pub is_null: Option<bool>,
}

impl Operators for WordsFilter {
    const KIND: ColumnKind = ColumnKind::Words;

    fn predicates(&self) -> Vec<Predicate> {
        let has = |word: &String| has_element(&fold(word));
        let has_any = |words: &Vec<String>| Predicate::Any(words.iter().map(has).collect());
        let conditions =
            [self.has.as_ref().map(has), self.has_any.as_ref().map(has_any), self.is_null.map(Predicate::IsNull)];
        conditions.into_iter().flatten().collect()
    }
}
