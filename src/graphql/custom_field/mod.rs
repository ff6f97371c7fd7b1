//! Custom fields: fields that a tenant adds to the types of the schema.

mod assignment;
mod by_key;
mod list;
mod mutation;
mod settings;
mod value;

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject};
use domain::{
    custom_field::{DropdownOption, Translations},
    value as number,
};
use entity::custom_field_definition::{self, FieldType, OwnerType};
use error::{Error, Result};

use self::list::{CustomFieldDefinitionFilter, CustomFieldDefinitionOrder};
pub use self::{
    assignment::{CustomFieldInput, value_inputs},
    value::{
        CustomFieldBooleanValue, CustomFieldDateValue, CustomFieldDropdownValue, CustomFieldEmailValue,
        CustomFieldJsonValue, CustomFieldMonetaryValue, CustomFieldNumberValue, CustomFieldPhoneNumberValue,
        CustomFieldStringValue, CustomFieldValue, CustomFieldWebAddressValue,
    },
};
use super::{
    change::Change,
    context::ContextExt,
    edges::{edges, roots},
    entity_object::entity_object,
    filter::enum_filter,
    row_size::RowSize,
    scalar::{Decimal, Json},
};

/// A type of record that can have custom fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "OwnerType")]
pub enum CustomFieldOwnerType {
    /// Customers.
    Customer,
    /// Contacts.
    Contact,
    /// Addresses.
    Address,
    /// Assets.
    Asset,
    /// Customer assets.
    CustomerAsset,
    /// Loads.
    Load,
    /// Service records.
    ServiceRecord,
    /// Recurring services.
    RecurringService,
    /// Rates.
    Rate,
    /// Equipment schedules.
    EquipmentSchedule,
    /// Documents.
    Document,
    /// The tenant.
    Tenant,
}

/// The type of a custom field's values. It never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "FieldType")]
pub enum CustomFieldType {
    /// True or false.
    Boolean,
    /// A calendar day, for example `2026-01-20`.
    Date,
    /// One or several options of a list, identified by their keys.
    Dropdown,
    /// An e-mail address.
    Email,
    /// A decimal number with at most six digits after the point.
    Number,
    /// A telephone number: 3 to 20 digits, in any format.
    PhoneNumber,
    /// Text of at most 1,000 characters.
    String,
    /// An http or https address.
    WebAddress,
    /// Any JSON value of at most 65,536 bytes.
    Json,
    /// An amount of money in the field's currency.
    Monetary,
}

enum_filter! {
    CustomFieldOwnerTypeFilter of CustomFieldOwnerType as OwnerType;
    CustomFieldTypeFilter of CustomFieldType as FieldType;
}

entity_object! {
    /// A field that the tenant added to a type of record. Its values are read with `customFields` and `customField`,
    /// and set by its key.
    CustomFieldDefinition of custom_field_definition: DefinitionFields, DefinitionEdges, CustomFieldDefinitionFilter, CustomFieldDefinitionOrder;
    "type" => [FieldType],
    "minimum" => [Minimum, FieldType, Currency],
    "maximum" => [Maximum, FieldType, Currency],
}

/// The fields of a definition, besides the common ones.
pub struct DefinitionFields(Arc<custom_field_definition::Model>);

/// A title in one language.
#[derive(Clone, Debug, SimpleObject)]
pub struct Translation {
    /// BCP 47 language tag, for example `es` or `pt-BR`.
    language: String,
    /// The title.
    title: String,
}

/// An option of a DROPDOWN field.
#[derive(Clone, Debug, SimpleObject)]
pub struct CustomFieldOption {
    /// The key of the option in inputs and filters.
    key: String,
    /// The title shown to people.
    title: String,
    /// The title in other languages, ordered by language tag.
    translations: Vec<Translation>,
}

#[Object]
impl DefinitionFields {
    /// The type of record that has the field.
    async fn owner_type(&self) -> CustomFieldOwnerType {
        self.0.owner_type.into()
    }

    /// The key of the field in inputs, filters and orders. It never changes.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// The type of the field's values. It never changes.
    async fn r#type(&self) -> CustomFieldType {
        self.0.field_type.into()
    }

    /// The title shown to people.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The title in other languages, ordered by language tag.
    async fn translations(&self, ctx: &Context<'_>) -> Result<Vec<Translation>> {
        let Some(titles) = &self.0.translations else { return Ok(Vec::new()) };
        let translations = translations(serde_json::from_str(titles).map_err(Error::internal)?);
        spend_items(ctx, translations.len()).await;
        Ok(translations)
    }

    /// Whether a new record must have a value and an existing value cannot be cleared.
    async fn required(&self) -> bool {
        self.0.required
    }

    /// The value of a new record for which none is given. Null if there is no default.
    async fn default(&self, ctx: &Context<'_>) -> Result<Option<Json>> {
        let Some(json) = &self.0.default else { return Ok(None) };
        let value = serde_json::from_str(json).map_err(Error::internal)?;
        Ok(Some(ctx.json(value).await))
    }

    /// Whether values are personal data: they are stored encrypted and require `pii:read`.
    async fn sensitive(&self) -> bool {
        self.0.sensitive
    }

    /// NUMBER, MONETARY: the minimum value; money in major units. Null if there is no minimum.
    async fn minimum(&self) -> Option<Decimal> {
        self.major(self.0.minimum?)
    }

    /// NUMBER, MONETARY: the maximum value; money in major units. Null if there is no maximum.
    async fn maximum(&self) -> Option<Decimal> {
        self.major(self.0.maximum?)
    }

    /// NUMBER: whether values are integers.
    async fn integer(&self) -> bool {
        self.0.integer
    }

    /// NUMBER: the unit of the values, for example `kg` or `hours`. Null if there is none.
    async fn unit(&self) -> Option<&str> {
        self.0.unit.as_deref()
    }

    /// STRING: the minimum number of characters. Null if not set; the minimum is then 1.
    async fn minimum_length(&self) -> Option<i32> {
        self.0.minimum_length
    }

    /// STRING: the maximum number of characters. Null if not set; the maximum is then 1,000.
    async fn maximum_length(&self) -> Option<i32> {
        self.0.maximum_length
    }

    /// STRING: the regular expression that the whole value must match, in the syntax of RE2 and Rust. Null if any text
    /// is allowed.
    async fn pattern(&self) -> Option<&str> {
        self.0.pattern.as_deref()
    }

    /// DROPDOWN: the options, in the order in which to show them. Null for other types.
    async fn options(&self, ctx: &Context<'_>) -> Result<Option<Vec<CustomFieldOption>>> {
        let Some(options) = &self.0.options else { return Ok(None) };
        let choices: Vec<DropdownOption> = serde_json::from_str(options).map_err(Error::internal)?;
        let option = |DropdownOption { key, title, translations: titles }| CustomFieldOption {
            key,
            title,
            translations: translations(titles),
        };
        let options: Vec<_> = choices.into_iter().map(option).collect();
        let items = options.iter().map(|option| 1 + option.translations.len()).sum();
        spend_items(ctx, items).await;
        Ok(Some(options))
    }

    /// DROPDOWN: whether several options can be chosen.
    async fn multi_select(&self) -> bool {
        self.0.multi_select
    }

    /// MONETARY: the ISO 4217 currency code of all values. Null for other types.
    async fn currency(&self) -> Option<&str> {
        self.0.currency.as_deref()
    }
}

impl DefinitionFields {
    fn major(&self, bound: i64) -> Option<Decimal> {
        let (field_type, currency) = (self.0.field_type, self.0.currency.clone());
        match currency.filter(|_| field_type == FieldType::Monetary) {
            Some(currency) => number::Decimal::parse(&number::Money { amount: bound, currency }.major()).map(Decimal),
            None => Some(Decimal(number::Decimal(bound))),
        }
    }
}

fn translations(titles: Translations) -> Vec<Translation> {
    titles.into_iter().map(|(language, title)| Translation { language, title }).collect()
}

edges! {
    DefinitionEdges of custom_field_definition;
    many {
        /// The values of the field in all records that the caller can read. Requires `custom_field:read`.
        values: DEFINITION_VALUES -> CustomFieldValue;
        /// The changes to the custom field, by default in the order of `sequence`. Requires `change:read`.
        changes: DEFINITION_CHANGES -> Change;
    }
    one {}
}

roots! {
    DefinitionRoots:
    /// Finds a custom field definition by its id or a reference, live or deleted. Null if there is none. Requires `custom_field:read`.
    custom_field_definition,
    /// Lists custom field definitions. Requires `custom_field:read`.
    custom_field_definitions -> CustomFieldDefinition
}

pub use self::{DefinitionRoots as CustomFieldQuery, mutation::DefinitionMutation};

/// The mutations of custom fields and their values.
#[derive(Default, async_graphql::MergedObject)]
pub struct CustomFieldMutation(DefinitionMutation, assignment::ValueMutation);

/// Spends the items of a list that a row has within it: the size of a row counts the list as one object.
async fn spend_items(ctx: &Context<'_>, items: usize) {
    let size = RowSize::of(ctx.field().selection_set(), &[]);
    ctx.store().spend(size.values.saturating_mul(items as u64), 0).await;
}
