//! Filters: `where` of every list, the same tests for every field of a type, compiled to the store's filter tree.

use async_graphql::{ID, InputObject, InputType};
use entity::custom_field_definition::{Kind, Model as Definition, Owner};
use sea_orm::Value;

use super::scalar::{Date, DateTime, Decimal};
use crate::{
    error::{Error, Result},
    store::{Edge, Filter, Store, Table, Test, fold::fold, owned::TokenKind, search},
};

/// What compiling a filter needs to know.
pub struct Known<'a> {
    /// The request's store.
    pub store: &'a Store,
    /// The tenant's custom fields; empty, where the filter and order name none.
    pub definitions: &'a [Definition],
}

impl Known<'_> {
    /// The custom field of a key.
    pub fn definition(&self, entity: Owner, key: &str) -> Result<&Definition> {
        let here = || self.definitions.iter().filter(|definition| definition.entity == entity);
        here().find(|definition| definition.key == key).ok_or_else(|| {
            let mut keys: Vec<_> = here().map(|definition| definition.key.as_str()).collect();
            keys.sort_unstable();
            let keys = if keys.is_empty() { "it has none".to_owned() } else { keys.join(", ") };
            Error::BadInput(format!("There is no custom field \"{key}\" here; the fields are: {keys}."))
        })
    }
}

/// The `where` of a type.
pub trait FilterInput: InputType {
    /// Whether it names a custom field anywhere.
    fn mentions_custom(&self) -> bool;

    /// The filter it stands for.
    fn filter(&self, known: &Known<'_>) -> Result<Filter>;
}

/// The tests of one field.
pub trait Tests {
    /// All of which a row must pass.
    fn tests(&self) -> Vec<Test>;
}

/// Tests of a text. Texts are compared folded: without case, accents and surplus white space.
#[derive(Clone, Debug, Default, InputObject)]
pub struct TextFilter {
    /// Is this text.
    pub eq: Option<String>,
    /// Is another text than this.
    pub neq: Option<String>,
    /// Is one of these texts.
    pub r#in: Option<Vec<String>>,
    /// Is none of these texts.
    pub not_in: Option<Vec<String>>,
    /// Comes before this text.
    pub lt: Option<String>,
    /// Is this text or comes before it.
    pub lte: Option<String>,
    /// Comes after this text.
    pub gt: Option<String>,
    /// Is this text or comes after it.
    pub gte: Option<String>,
    /// Contains this text.
    pub contains: Option<String>,
    /// Begins with this text.
    pub starts_with: Option<String>,
    /// Is null, or is not.
    pub is_null: Option<bool>,
}

impl Tests for TextFilter {
    fn tests(&self) -> Vec<Test> {
        let text = |text: &String| Value::from(fold(text));
        let texts = |texts: &Vec<String>| texts.iter().map(text).collect::<Vec<_>>();
        let folded = |text: &String| fold(text);
        [
            self.eq.as_ref().map(text).map(Test::Eq),
            self.neq.as_ref().map(text).map(Test::Neq),
            self.r#in.as_ref().map(texts).map(Test::In),
            self.not_in.as_ref().map(texts).map(Test::NotIn),
            self.lt.as_ref().map(text).map(Test::Lt),
            self.lte.as_ref().map(text).map(Test::Lte),
            self.gt.as_ref().map(text).map(Test::Gt),
            self.gte.as_ref().map(text).map(Test::Gte),
            self.contains.as_ref().map(folded).map(Test::Contains),
            self.starts_with.as_ref().map(folded).map(Test::StartsWith),
            self.is_null.map(Test::IsNull),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Tests of an identifier of somebody else's system, which is compared to the letter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ExactFilter {
    /// Is this.
    pub eq: Option<String>,
    /// Is another one than this.
    pub neq: Option<String>,
    /// Is one of these.
    pub r#in: Option<Vec<String>>,
    /// Is none of these.
    pub not_in: Option<Vec<String>>,
    /// Begins so.
    pub starts_with: Option<String>,
    /// Is null, or is not.
    pub is_null: Option<bool>,
}

impl Tests for ExactFilter {
    fn tests(&self) -> Vec<Test> {
        let texts = |texts: &Vec<String>| texts.iter().map(|text| Value::from(text.as_str())).collect::<Vec<_>>();
        [
            self.eq.as_deref().map(Value::from).map(Test::Eq),
            self.neq.as_deref().map(Value::from).map(Test::Neq),
            self.r#in.as_ref().map(texts).map(Test::In),
            self.not_in.as_ref().map(texts).map(Test::NotIn),
            self.starts_with.clone().map(Test::StartsWith),
            self.is_null.map(Test::IsNull),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Tests of a list of words.
#[derive(Clone, Debug, Default, InputObject)]
pub struct WordsFilter {
    /// Has this word.
    pub has: Option<String>,
    /// Has no words, or has some.
    pub is_null: Option<bool>,
}

impl Tests for WordsFilter {
    fn tests(&self) -> Vec<Test> {
        // The list is JSON text; a word in it stands between quotes, escaped as JSON escapes it.
        let has = |word: &String| Test::Contains(serde_json::Value::String(fold(word)).to_string());
        [self.has.as_ref().map(has), self.is_null.map(Test::IsNull)].into_iter().flatten().collect()
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

        impl Tests for $filter {
            fn tests(&self) -> Vec<Test> {
                let value = |value: &$type| Comparable::value(value);
                let values = |values: &Vec<$type>| values.iter().map(value).collect::<Vec<_>>();
                [
                    self.eq.as_ref().map(value).map(Test::Eq),
                    self.neq.as_ref().map(value).map(Test::Neq),
                    self.r#in.as_ref().map(values).map(Test::In),
                    self.not_in.as_ref().map(values).map(Test::NotIn),
                    self.lt.as_ref().map(value).map(Test::Lt),
                    self.lte.as_ref().map(value).map(Test::Lte),
                    self.gt.as_ref().map(value).map(Test::Gt),
                    self.gte.as_ref().map(value).map(Test::Gte),
                    self.is_null.map(Test::IsNull),
                ]
                .into_iter()
                .flatten()
                .collect()
            }
        }
    )* };
}

compare! {
    /// Tests of a moment. A comparison with null is false.
    DateTimeFilter of DateTime
    /// Tests of a day. A comparison with null is false.
    DateFilter of Date
    /// Tests of a decimal number. A comparison with null is false.
    DecimalFilter of Decimal
    /// Tests of a whole number. A comparison with null is false.
    IntFilter of i32
}

/// Tests of an id. An id that names nothing is equal to none.
#[derive(Clone, Debug, Default, InputObject)]
pub struct IdFilter {
    /// Is this id.
    pub eq: Option<ID>,
    /// Is another id than this.
    pub neq: Option<ID>,
    /// Is one of these ids.
    pub r#in: Option<Vec<ID>>,
    /// Is none of these ids.
    pub not_in: Option<Vec<ID>>,
    /// Is null, or is not.
    pub is_null: Option<bool>,
}

impl Tests for IdFilter {
    fn tests(&self) -> Vec<Test> {
        let id = |id: &ID| Value::from(Table::of_id(id).and_then(|table| table.parse(id)).unwrap_or_default());
        let ids = |ids: &Vec<ID>| ids.iter().map(id).collect::<Vec<_>>();
        [
            self.eq.as_ref().map(id).map(Test::Eq),
            self.neq.as_ref().map(id).map(Test::Neq),
            self.r#in.as_ref().map(ids).map(Test::In),
            self.not_in.as_ref().map(ids).map(Test::NotIn),
            self.is_null.map(Test::IsNull),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Tests of yes or no.
#[derive(Clone, Debug, Default, InputObject)]
pub struct BooleanFilter {
    /// Is this.
    pub eq: Option<bool>,
    /// Is null, or is not.
    pub is_null: Option<bool>,
}

impl Tests for BooleanFilter {
    fn tests(&self) -> Vec<Test> {
        let eq = self.eq.map(|yes| Test::Eq(yes.into()));
        [eq, self.is_null.map(Test::IsNull)].into_iter().flatten().collect()
    }
}

/// Makes the tests of an enum of the schema over an enum of a column.
macro_rules! enum_filter {
    ($($filter:ident of $type:ident as $column:ty;)*) => { $(
        /// Tests of one of a few values. A comparison with null is false.
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

        impl $crate::graphql::filter::Tests for $filter {
            fn tests(&self) -> Vec<$crate::store::Test> {
                use $crate::store::Test;
                let value = |value: &$type| sea_orm::Value::from($crate::store::owned::stored(&<$column>::from(*value)));
                let values = |values: &Vec<$type>| values.iter().map(value).collect::<Vec<_>>();
                [
                    self.eq.as_ref().map(value).map(Test::Eq),
                    self.neq.as_ref().map(value).map(Test::Neq),
                    self.r#in.as_ref().map(values).map(Test::In),
                    self.not_in.as_ref().map(values).map(Test::NotIn),
                    self.is_null.map(Test::IsNull),
                ]
                .into_iter()
                .flatten()
                .collect()
            }
        }
    )* };
}
pub(super) use enum_filter;

/// Tests of personal text, answered by a blind index for every row, sealed or not. Needs `pii:read`.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PersonalFilter {
    /// Is this text, compared without case, accents and punctuation; a telephone number by its digits.
    pub eq: Option<String>,
    /// Is one of these texts.
    pub r#in: Option<Vec<String>>,
    /// Each word given begins a word of the text. A word has at least 2 letters or digits; those beyond the sixteenth
    /// are not compared. E-mail addresses and telephone numbers are one word.
    pub starts_with: Option<String>,
}

impl PersonalFilter {
    /// The filter over a field of the blind index.
    pub fn filter(&self, known: &Known<'_>, field: &str, kind: TokenKind) -> Result<Filter> {
        known.store.caller().require(crate::access::Action::PiiRead)?;
        let keys = &known.store.tenant().keys;
        let equal = |text: &String| {
            Ok::<_, Error>(search::equal(keys, field, kind, text)?.map_or(Filter::Any(Vec::new()), Filter::Token))
        };
        let mut all = Vec::new();
        all.extend(self.eq.as_ref().map(equal).transpose()?);
        if let Some(texts) = &self.r#in {
            all.push(Filter::Any(texts.iter().map(equal).collect::<Result<_>>()?));
        }
        if let Some(text) = &self.starts_with {
            all.extend(search::starting(keys, field, kind, text)?.into_iter().map(Filter::Token));
        }
        Ok(Filter::All(all))
    }
}

/// The filter over an edge to many rows: some, none and every of them.
pub fn many<F: FilterInput>(
    known: &Known<'_>,
    edge: &'static Edge,
    [some, none, every]: [Option<&F>; 3],
) -> Result<Filter> {
    let exists = |inner: Filter| Filter::Some(edge, Box::new(inner));
    let not = |inner: Filter| Filter::Not(Box::new(inner));
    let mut all = Vec::new();
    if let Some(inner) = some {
        all.push(exists(inner.filter(known)?));
    }
    if let Some(inner) = none {
        all.push(not(exists(inner.filter(known)?)));
    }
    if let Some(inner) = every {
        all.push(not(exists(not(inner.filter(known)?))));
    }
    Ok(Filter::All(all))
}

/// Tests of the value of one custom field. A row without a value passes `isNull: true` only.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldFilter {
    /// The key of the field.
    pub key: String,
    /// Tests of a BOOLEAN.
    pub boolean: Option<BooleanFilter>,
    /// Tests of a DATE.
    pub date: Option<DateFilter>,
    /// Tests of a NUMBER; of a MONETARY field's amount in major units.
    pub number: Option<DecimalFilter>,
    /// Tests of a STRING, EMAIL, PHONE_NUMBER or WEB_ADDRESS; of the key of a DROPDOWN's one option.
    pub text: Option<TextFilter>,
    /// Tests of the keys of a DROPDOWN's several options.
    pub options: Option<WordsFilter>,
    /// Tests of a sensitive field; needs `pii:read`.
    pub personal: Option<PersonalFilter>,
    /// Whether the row has no value.
    pub is_null: Option<bool>,
}

impl CustomFieldFilter {
    /// The filter over the rows of an entity.
    pub fn filter(&self, known: &Known<'_>, owner: &'static str, entity: Owner) -> Result<Filter> {
        let definition = known.definition(entity, &self.key)?;
        let column = match definition.kind {
            _ if definition.sensitive => "sealed",
            Kind::Boolean => "boolean",
            Kind::Date => "date",
            Kind::Number => "number",
            Kind::Monetary => "amount",
            Kind::Json => "json",
            Kind::Dropdown if definition.multi_select => "json",
            Kind::Dropdown | Kind::Email | Kind::PhoneNumber | Kind::String | Kind::WebAddress => "text_key",
        };
        let given = [
            ("boolean", self.boolean.as_ref().map(Tests::tests), column == "boolean"),
            ("date", self.date.as_ref().map(Tests::tests), column == "date"),
            (
                "number",
                self.number.as_ref().map(|tests| scaled(tests, definition)),
                matches!(column, "number" | "amount"),
            ),
            ("text", self.text.as_ref().map(Tests::tests), column == "text_key"),
            ("options", self.options.as_ref().map(Tests::tests), column == "json" && definition.multi_select),
            ("isNull", self.is_null.map(|null| vec![Test::IsNull(null)]), true),
        ];
        let mut all = Vec::new();
        for (name, tests, fits) in given {
            let Some(tests) = tests else { continue };
            if !fits {
                let message =
                    format!("The custom field {} cannot be tested by {name}: it is {:?}.", self.key, definition.kind);
                return Err(Error::BadInput(message));
            }
            all.extend(tests.into_iter().map(|test| Filter::Custom(definition.id, owner, column, test)));
        }
        if let Some(personal) = &self.personal {
            if !definition.sensitive {
                let message = format!("The custom field {} is not sensitive: test it by its type.", self.key);
                return Err(Error::BadInput(message));
            }
            let inner = personal.filter(known, &sensitive(definition), TokenKind::Words)?;
            all.push(Filter::CustomRow(definition.id, owner, Box::new(inner)));
        }
        Ok(Filter::All(all))
    }
}

/// The blind index's name of a sensitive custom field.
pub fn sensitive(definition: &Definition) -> String {
    format!("custom.{}", definition.id)
}

/// The tests of a number; a MONETARY field's amount is stored in minor units.
fn scaled(tests: &DecimalFilter, definition: &Definition) -> Vec<Test> {
    if definition.kind != Kind::Monetary {
        return tests.tests();
    }
    let digits = definition.currency.as_deref().and_then(crate::domain::value::minor_digits).unwrap_or(2);
    let minor = |value: Value| match value {
        Value::BigInt(Some(millionths)) => Value::from(millionths / 10_i64.pow(6 - digits.min(6))),
        other => other,
    };
    let turn = |test| match test {
        Test::Eq(value) => Test::Eq(minor(value)),
        Test::Neq(value) => Test::Neq(minor(value)),
        Test::In(values) => Test::In(values.into_iter().map(minor).collect()),
        Test::NotIn(values) => Test::NotIn(values.into_iter().map(minor).collect()),
        Test::Lt(value) => Test::Lt(minor(value)),
        Test::Lte(value) => Test::Lte(minor(value)),
        Test::Gt(value) => Test::Gt(minor(value)),
        Test::Gte(value) => Test::Gte(minor(value)),
        other => other,
    };
    tests.tests().into_iter().map(turn).collect()
}

/// Makes the `where` of a type: columns, fields of the blind index, edges to many and to one, and custom fields.
macro_rules! filter {
    ($(#[$doc:meta])* $filter:ident, $edge:ident of $owner:expr, $entity:expr;
     columns { $($(#[$column_doc:meta])* $column:ident: $tests:ty => $name:literal,)* }
     personal { $($(#[$personal_doc:meta])* $personal:ident => $field:literal $kind:ident,)* }
     many { $($(#[$many_doc:meta])* $many:ident: $many_filter:ident => $many_edge:ident,)* }
     one { $($(#[$one_doc:meta])* $one:ident: $one_filter:ident => $one_edge:ident,)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, async_graphql::InputObject)]
        pub struct $filter {
            /// All of these.
            pub and: Option<Vec<$filter>>,
            /// One of these.
            pub or: Option<Vec<$filter>>,
            /// Not this: exactly the rows this leaves out, those with nulls included.
            pub not: Option<Box<$filter>>,
            /// The id.
            pub id: Option<$crate::graphql::filter::IdFilter>,
            /// The id in the caller's system.
            pub external_reference: Option<$crate::graphql::filter::ExactFilter>,
            /// When the row was made.
            pub created_at: Option<$crate::graphql::filter::DateTimeFilter>,
            /// When the row, or something that belongs to it, was last written.
            pub updated_at: Option<$crate::graphql::filter::DateTimeFilter>,
            $($(#[$column_doc])* pub $column: Option<$tests>,)*
            $($(#[$personal_doc])* pub $personal: Option<$crate::graphql::filter::PersonalFilter>,)*
            $($(#[$many_doc])* pub $many: Option<$many_filter>,)*
            $($(#[$one_doc])* pub $one: Option<Box<$one_filter>>,)*
            /// The values of custom fields; all of these.
            pub custom_fields: Option<Vec<$crate::graphql::filter::CustomFieldFilter>>,
        }

        /// Tests of the live rows at the far end of an edge that leads to many.
        #[derive(Clone, Debug, Default, async_graphql::InputObject)]
        pub struct $edge {
            /// At least one row passes.
            pub some: Option<Box<$filter>>,
            /// No row passes.
            pub none: Option<Box<$filter>>,
            /// Every row passes; also, if there is none.
            pub every: Option<Box<$filter>>,
        }

        impl $edge {
            /// The filters in it.
            pub fn each(&self) -> impl Iterator<Item = &$filter> {
                [&self.some, &self.none, &self.every].into_iter().filter_map(|inner| inner.as_deref())
            }

            /// The filter over an edge.
            pub fn filter(
                &self,
                known: &$crate::graphql::filter::Known<'_>,
                edge: &'static $crate::store::Edge,
            ) -> $crate::error::Result<$crate::store::Filter> {
                let inner = [self.some.as_deref(), self.none.as_deref(), self.every.as_deref()];
                $crate::graphql::filter::many(known, edge, inner)
            }
        }

        impl $crate::graphql::filter::FilterInput for $filter {
            fn mentions_custom(&self) -> bool {
                let nested = self.and.iter().flatten().chain(self.or.iter().flatten()).chain(self.not.as_deref());
                self.custom_fields.is_some()
                    || nested.into_iter().any(Self::mentions_custom)
                    $(|| self.$many.iter().flat_map($many_filter::each).any(|inner| inner.mentions_custom()))*
                    $(|| self.$one.as_ref().is_some_and(|one| one.mentions_custom()))*
            }

            fn filter(&self, known: &$crate::graphql::filter::Known<'_>) -> $crate::error::Result<$crate::store::Filter> {
                use $crate::{graphql::filter::Tests, store::Filter};
                let mut all: Vec<Filter> = Vec::new();
                let mut column = |name, tests: Option<&dyn Tests>| {
                    all.extend(tests.into_iter().flat_map(Tests::tests).map(|test| Filter::Column(name, test)));
                };
                column("id", self.id.as_ref().map(|tests| tests as &dyn Tests));
                column("external_reference", self.external_reference.as_ref().map(|tests| tests as &dyn Tests));
                column("created_at", self.created_at.as_ref().map(|tests| tests as &dyn Tests));
                column("updated_at", self.updated_at.as_ref().map(|tests| tests as &dyn Tests));
                $(column($name, self.$column.as_ref().map(|tests| tests as &dyn Tests));)*
                let each = |filters: &Vec<Self>| filters.iter().map(|filter| filter.filter(known)).collect::<$crate::error::Result<Vec<_>>>();
                if let Some(filters) = &self.and {
                    all.push(Filter::All(each(filters)?));
                }
                if let Some(filters) = &self.or {
                    all.push(Filter::Any(each(filters)?));
                }
                if let Some(filter) = &self.not {
                    all.push(Filter::Not(Box::new(filter.filter(known)?)));
                }
                $(if let Some(personal) = &self.$personal {
                    all.push(personal.filter(known, $field, $crate::store::owned::TokenKind::$kind)?);
                })*
                $(if let Some(many) = &self.$many {
                    all.push(many.filter(known, &$crate::store::edge::$many_edge)?);
                })*
                $(if let Some(one) = &self.$one {
                    all.push(Filter::Some(&$crate::store::edge::$one_edge, Box::new(one.filter(known)?)));
                })*
                for custom in self.custom_fields.iter().flatten() {
                    all.push(custom.filter(known, $owner, $entity)?);
                }
                Ok(Filter::All(all))
            }
        }
    };
}
pub(super) use filter;
