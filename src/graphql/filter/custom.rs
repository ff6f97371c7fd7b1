//! Operators of custom fields, by the type the tenant gave them.

use async_graphql::InputObject;
use domain::{
    custom_field::{self as rules, options},
    value::minor_digits,
};
use entity::custom_field_definition::{FieldType, Model as Definition, Owner};
use error::{Error, Result};
use sea_orm::Value;
use store::{Filter, Predicate, fold::fold, table::enum_text};

use super::{BooleanFilter, DateFilter, DecimalFilter, FilterContext, Operators, PersonalFilter, TextFilter};

/// Operators of the options of a DROPDOWN, by their keys.
#[derive(Clone, Debug, Default, InputObject)]
pub struct OptionsFilter {
    /// This option is chosen.
    pub has: Option<String>,
    /// One of these options is chosen.
    pub has_any: Option<Vec<String>>,
    /// No option is chosen, or some are.
    pub is_null: Option<bool>,
}

/// Operators of the value of one custom field. A row without a value passes `isNull: true` only.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldFilter {
    /// The key of the field.
    pub key: String,
    /// Operators of a BOOLEAN.
    pub boolean: Option<BooleanFilter>,
    /// Operators of a DATE.
    pub date: Option<DateFilter>,
    /// Operators of a NUMBER; of a MONETARY field's amount in major units.
    pub number: Option<DecimalFilter>,
    /// Operators of a STRING, EMAIL, PHONE_NUMBER or WEB_ADDRESS; of the key of a DROPDOWN's one option.
    pub text: Option<TextFilter>,
    /// Operators of the options of a DROPDOWN.
    pub options: Option<OptionsFilter>,
    /// Operators of a sensitive field, of a type other than JSON; needs `pii:read`. A number is compared as a whole, a day
    /// by the beginning of `2026-01-20`.
    pub personal: Option<PersonalFilter>,
    /// Whether the row has no value.
    pub is_null: Option<bool>,
}

impl CustomFieldFilter {
    /// The filter over the rows of an entity.
    pub fn filter(&self, known: &FilterContext<'_>, owner: &'static str, entity: Owner) -> Result<Filter> {
        let definition = known.definition(entity, &self.key)?;
        let column = column(definition);
        let tested = |test| Filter::CustomField(definition.id, owner, column, test);
        let numbers = self.number.as_ref().map(|operators| scaled(operators, definition));
        let given = [
            ("boolean", self.boolean.as_ref().map(Operators::predicates), column == "boolean"),
            ("date", self.date.as_ref().map(Operators::predicates), column == "date"),
            ("number", numbers, matches!(column, "number" | "amount")),
            ("text", self.text.as_ref().map(Operators::predicates), column == "text_key"),
            ("isNull", self.is_null.map(|null| vec![Predicate::IsNull(null)]), true),
        ];
        let mut all = Vec::new();
        for (name, predicates, applies) in given {
            let Some(predicates) = predicates else { continue };
            if !applies {
                return Err(unfit(definition, name));
            }
            all.extend(predicates.into_iter().map(tested));
        }
        if let Some(options) = &self.options {
            if definition.field_type != FieldType::Dropdown || definition.sensitive {
                return Err(unfit(definition, "options"));
            }
            let has = |key: &String| Ok::<_, Error>(chosen(definition, key)?.map_or(Filter::Any(Vec::new()), tested));
            all.extend(options.has.as_ref().map(has).transpose()?);
            if let Some(keys) = &options.has_any {
                all.push(Filter::Any(keys.iter().map(has).collect::<Result<_>>()?));
            }
            all.extend(options.is_null.map(|null| tested(Predicate::IsNull(null))));
        }
        if let Some(personal) = &self.personal {
            if !definition.sensitive || definition.field_type == FieldType::Json {
                return Err(unfit(definition, "personal"));
            }
            let sought = |text: &String| rules::index_query(definition.field_type, text);
            let personal = PersonalFilter {
                eq: personal.eq.as_ref().map(sought),
                r#in: personal.r#in.as_ref().map(|texts| texts.iter().map(sought).collect()),
                starts_with: personal.starts_with.clone(),
            };
            let inner =
                personal.filter(known, &rules::index(definition), rules::index_normalization(definition.field_type))?;
            all.push(Filter::CustomFieldRow(definition.id, owner, Box::new(inner)));
        }
        Ok(Filter::All(all))
    }
}

/// The column in which the values of a field are compared.
fn column(definition: &Definition) -> &'static str {
    match definition.field_type {
        _ if definition.sensitive => "sealed",
        FieldType::Boolean => "boolean",
        FieldType::Date => "date",
        FieldType::Number => "number",
        FieldType::Monetary => "amount",
        FieldType::Json => "json",
        FieldType::Dropdown if definition.multi_select => "json",
        FieldType::Dropdown | FieldType::Email | FieldType::PhoneNumber | FieldType::String | FieldType::WebAddress => {
            "text_key"
        }
    }
}

fn unfit(definition: &Definition, name: &str) -> Error {
    let what = if definition.sensitive {
        "sensitive, and tested by personal".to_owned()
    } else {
        enum_text(&definition.field_type)
    };
    Error::BadInput(format!("The custom field {} cannot be tested by {name}: it is {what}.", definition.key))
}

/// The test that an option is chosen; nothing, where there is no such option. Keys differ by more than their case, and
/// databases do not agree on case: the key is taken from the field.
fn chosen(definition: &Definition, key: &str) -> Result<Option<Predicate>> {
    let known = options(definition)?.into_iter().find(|choice| fold(&choice.key) == fold(key));
    Ok(known.map(|choice| {
        if definition.multi_select {
            Predicate::Contains(serde_json::Value::from(choice.key).to_string())
        } else {
            Predicate::Eq(fold(&choice.key).into())
        }
    }))
}

/// The tests of a number. A MONETARY field's amount is stored in minor units: a bound between two of them is moved to the
/// nearer one that means the same.
fn scaled(tests: &DecimalFilter, definition: &Definition) -> Vec<Predicate> {
    if definition.field_type != FieldType::Monetary {
        return tests.predicates();
    }
    let digits = definition.currency.as_deref().and_then(minor_digits).unwrap_or(2);
    let scale = 10_i64.pow(6 - digits.min(6));
    let floor = |value: &Value| match value {
        Value::BigInt(Some(millionths)) => millionths.div_euclid(scale),
        _ => 0,
    };
    let exact = |value: &Value| match value {
        Value::BigInt(Some(millionths)) if millionths % scale == 0 => Some(Value::from(millionths / scale)),
        _ => None,
    };
    let several = |values: Vec<Value>| values.iter().filter_map(exact).collect();
    let turn = |test| match test {
        Predicate::Eq(value) => exact(&value).map_or(Predicate::In(Vec::new()), Predicate::Eq),
        Predicate::Neq(value) => exact(&value).map_or(Predicate::IsNull(false), Predicate::Neq),
        Predicate::In(values) => Predicate::In(several(values)),
        Predicate::NotIn(values) => Predicate::NotIn(several(values)),
        Predicate::Lt(value) => exact(&value).map_or_else(|| Predicate::Lte(floor(&value).into()), Predicate::Lt),
        Predicate::Lte(value) => Predicate::Lte(floor(&value).into()),
        Predicate::Gt(value) => Predicate::Gt(floor(&value).into()),
        Predicate::Gte(value) => exact(&value).map_or_else(|| Predicate::Gt(floor(&value).into()), Predicate::Gte),
        other => other,
    };
    tests.predicates().into_iter().map(turn).collect()
}
