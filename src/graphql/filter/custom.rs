//! Tests of custom fields, by the type the tenant gave them.

use async_graphql::InputObject;
use entity::custom_field_definition::{Kind, Model as Definition, Owner};
use sea_orm::Value;

use super::{BooleanFilter, DateFilter, DecimalFilter, Known, PersonalFilter, Tests, TextFilter, WordsFilter};
use crate::{
    domain::value::minor_digits,
    error::{Error, Result},
    store::{Filter, Test, owned::TokenKind},
};

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
    let digits = definition.currency.as_deref().and_then(minor_digits).unwrap_or(2);
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
