//! Conditions on custom fields, by their types.

use async_graphql::InputObject;
use domain::{
    custom_field::{self as rules, options, owner_column},
    value::minor_digits,
};
use entity::{
    custom_field_definition::{FieldType, Model as Definition, OwnerType},
    custom_field_value::Column,
};
use error::{Error, Result};
use sea_orm::IdenStatic;
use store::{
    Filter, Predicate,
    fold::fold,
    table::{Normalization, enum_text},
};

use super::{
    BooleanFilter, DateFilter, DecimalFilter, FilterContext, Operators, PersonalFilter, TextFilter, has_element,
    money::in_minor_units,
};

/// Conditions on the selected options of a DROPDOWN, by their keys.
#[derive(Clone, Debug, Default, InputObject)]
pub struct OptionsFilter {
    /// This option is selected.
    pub has: Option<String>,
    /// At least one of these options is selected.
    pub has_any: Option<Vec<String>>,
    /// No option is selected (true), or at least one is (false).
    pub is_null: Option<bool>,
}

/// Conditions on the value of one custom field. A record without a value matches only `isNull: true`.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldFilter {
    /// Key of the custom field.
    pub key: String,
    /// Conditions on a BOOLEAN.
    pub boolean: Option<BooleanFilter>,
    /// Conditions on a DATE.
    pub date: Option<DateFilter>,
    /// Conditions on a NUMBER, or on the amount of a MONETARY field in major units.
    pub number: Option<DecimalFilter>,
    /// Conditions on a STRING, EMAIL, PHONE_NUMBER or WEB_ADDRESS, or on the option's key of a single-select DROPDOWN.
    pub text: Option<TextFilter>,
    /// Conditions on the options of a DROPDOWN.
    pub options: Option<OptionsFilter>,
    /// Conditions on a sensitive field of any type but JSON. Requires `pii:read`. `startsWith` is for a STRING, EMAIL,
    /// PHONE_NUMBER or WEB_ADDRESS only. Of several selected options, `eq` finds each.
    pub personal: Option<PersonalFilter>,
    /// Without a value (true) or with a value (false).
    pub is_null: Option<bool>,
}

impl CustomFieldFilter {
    /// The filter over the rows of a type.
    pub fn filter(&self, context: &FilterContext<'_>, owner_type: OwnerType) -> Result<Filter> {
        let definition = context.definition(owner_type, &self.key)?;
        let (column, owner) = (value_column(definition), owner_column(owner_type));
        let on_value = |predicate| Filter::CustomField(definition.id, owner, column.as_str(), predicate);
        let number = self.number.as_ref().map(|operators| in_stored_unit(operators, definition));
        let operators = [
            ("boolean", self.boolean.as_ref().map(Operators::predicates), matches!(column, Column::Boolean)),
            ("date", self.date.as_ref().map(Operators::predicates), matches!(column, Column::Date)),
            ("number", number, matches!(column, Column::Number | Column::Amount)),
            ("text", self.text.as_ref().map(Operators::predicates), matches!(column, Column::TextKey)),
            ("isNull", self.is_null.map(|null| vec![Predicate::IsNull(null)]), true),
        ];
        let mut all = Vec::new();
        for (name, predicates, applies) in operators {
            let Some(predicates) = predicates else { continue };
            if !applies {
                return Err(inapplicable(definition, name));
            }
            all.extend(predicates.into_iter().map(on_value));
        }
        if let Some(options) = &self.options {
            if definition.field_type != FieldType::Dropdown || definition.sensitive {
                return Err(inapplicable(definition, "options"));
            }
            let has = |key: &String| {
                Ok::<_, Error>(option_predicate(definition, key)?.map_or(Filter::Any(Vec::new()), on_value))
            };
            all.extend(options.has.as_ref().map(has).transpose()?);
            if let Some(keys) = &options.has_any {
                all.push(Filter::Any(keys.iter().map(has).collect::<Result<_>>()?));
            }
            all.extend(options.is_null.map(|null| on_value(Predicate::IsNull(null))));
        }
        if let Some(personal) = &self.personal {
            if !definition.sensitive || definition.field_type == FieldType::Json {
                return Err(inapplicable(definition, "personal"));
            }
            let normalization = rules::index_normalization(definition.field_type);
            if normalization == Normalization::Whole && personal.starts_with.is_some() {
                return Err(inapplicable(definition, "personal.startsWith"));
            }
            let query = |text: &String| rules::index_query(definition.field_type, text);
            let personal = PersonalFilter {
                eq: personal.eq.as_ref().map(query),
                r#in: personal.r#in.as_ref().map(|texts| texts.iter().map(query).collect()),
                starts_with: personal.starts_with.clone(),
            };
            let tokens = personal.filter(context, &rules::index(definition.id), normalization)?;
            // Without a condition, rows without a value pass, too.
            if tokens != Filter::All(Vec::new()) {
                all.push(Filter::CustomFieldRow(definition.id, owner, Box::new(tokens)));
            }
        }
        Ok(Filter::All(all))
    }
}

/// The column of a value that a filter or an order compares.
pub fn value_column(definition: &Definition) -> Column {
    match definition.field_type {
        _ if definition.sensitive => Column::Sealed,
        FieldType::Boolean => Column::Boolean,
        FieldType::Date => Column::Date,
        FieldType::Number => Column::Number,
        FieldType::Monetary => Column::Amount,
        FieldType::Json => Column::Json,
        FieldType::Dropdown if definition.multi_select => Column::Json,
        FieldType::Dropdown | FieldType::Email | FieldType::PhoneNumber | FieldType::String | FieldType::WebAddress => {
            Column::TextKey
        }
    }
}

/// The error of an operator that does not apply to the type of a field.
fn inapplicable(definition: &Definition, operator: &str) -> Error {
    let (key, field_type) = (&definition.key, enum_text(&definition.field_type));
    let sensitive = if definition.sensitive { "sensitive " } else { "" };
    let operators = [operators(definition), &["isNull"]].concat().join(" or ");
    Error::BadInput(format!(
        "The custom field {key} cannot be tested by {operator}: it is {sensitive}{field_type}, and tested by {operators}."
    ))
}

/// The operators that apply to a field, besides `isNull`.
fn operators(definition: &Definition) -> &'static [&'static str] {
    match definition.field_type {
        FieldType::Json => &[],
        field_type if definition.sensitive => match rules::index_normalization(field_type) {
            Normalization::Whole => &["personal.eq", "personal.in"],
            Normalization::Words | Normalization::ClearWords | Normalization::Email | Normalization::Phone => {
                &["personal"]
            }
        },
        FieldType::Boolean => &["boolean"],
        FieldType::Date => &["date"],
        FieldType::Number | FieldType::Monetary => &["number"],
        FieldType::Dropdown if definition.multi_select => &["options"],
        FieldType::Dropdown => &["text", "options"],
        FieldType::Email | FieldType::PhoneNumber | FieldType::String | FieldType::WebAddress => &["text"],
    }
}

/// The predicate that an option is chosen; none if the field has no such option. The key is compared folded, and the
/// predicate then takes its spelling from the definition, because the databases do not agree on case.
fn option_predicate(definition: &Definition, key: &str) -> Result<Option<Predicate>> {
    let option = options(definition)?.into_iter().find(|option| fold(&option.key) == fold(key));
    Ok(option.map(|option| {
        if definition.multi_select { has_element(&option.key) } else { Predicate::Eq(fold(&option.key).into()) }
    }))
}

/// The predicates of a number, in the unit of its column.
fn in_stored_unit(operators: &DecimalFilter, definition: &Definition) -> Vec<Predicate> {
    if definition.field_type != FieldType::Monetary {
        return operators.predicates();
    }
    in_minor_units(operators, definition.currency.as_deref().and_then(minor_digits).unwrap_or(2))
}
