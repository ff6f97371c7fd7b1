//! Values of custom fields: one interface, and for each type of field an object with a typed field.

use std::sync::Arc;

use async_graphql::{Context, ID, Interface, Object, Value as OutputValue};
use domain::custom_field::Value;
use entity::{
    custom_field_definition::{self, FieldType, Model as Definition},
    custom_field_value::{Column, Entity, Model as Row},
};
use error::{Error, Result};
use futures_util::future::BoxFuture;
use sea_orm::IdenStatic;
use store::{Deleted, Edge, Filter, Predicate, TenantTable, edge};

use super::{CustomFieldDefinition, CustomFieldType, CustomFieldTypeFilter};
use crate::graphql::{
    breadth_first::Parents,
    context::ContextExt,
    entity_object::{ColumnOf, EntityObject, ListedObject, follow, follow_together, foreign_key},
    filter::{BooleanFilter, DateTimeFilter, ExactFilter, column_filters, filter_input},
    node::Node,
    order::order,
    scalar::{Date, Decimal, Json, Money},
};

/// Defines an object for the values of each type of field: the common fields and one typed field.
macro_rules! values {
    ($($(#[$doc:meta])* $type:ident { $(#[$field_doc:meta])* $field:ident: $shown:ty = $from:expr })*) => { $(
        $(#[$doc])*
        pub struct $type(Arc<Row>);

        $(#[$doc])*
        #[Object]
        impl $type {
            /// The globally unique id. It is opaque and URL-safe, and never changes.
            pub(in crate::graphql) async fn id(&self) -> ID {
                ID(Entity::TABLE.encode_id(self.0.id))
            }

            /// The definition of the field. Requires `custom_field:read`.
            async fn definition(&self, ctx: &Context<'_>) -> Result<Option<CustomFieldDefinition>> {
                follow(ctx, &edge::VALUE_DEFINITION, Some(self.0.definition_id)).await
            }

            /// The record that has the value. Requires the permission to read it.
            async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
                owner(ctx, &self.0).await
            }

            /// The key of the field.
            async fn key(&self, ctx: &Context<'_>) -> Result<String> {
                Ok(defined(ctx, &self.0).await?.key.clone())
            }

            /// The type of the value.
            #[graphql(name = "type")]
            async fn field_type(&self) -> CustomFieldType {
                self.0.field_type.into()
            }

            /// The value as JSON, in the form that inputs accept. Null if it was displaced. Null for a sensitive field
            /// without `pii:read`.
            async fn value(&self, ctx: &Context<'_>) -> Result<Option<Json>> {
                let Some(value) = held(ctx, &self.0).await? else { return Ok(None) };
                // The value of a multi-select field is a list, even with a single option.
                let several = self.0.field_type == FieldType::Dropdown && defined(ctx, &self.0).await?.multi_select;
                Ok(Some(Json(value.json(several))))
            }

            /// The value formatted for people: a number with its unit, options by their titles, money with its
            /// currency. Null if `value` is null.
            async fn display_value(&self, ctx: &Context<'_>) -> Result<Option<String>> {
                let Some(value) = held(ctx, &self.0).await? else { return Ok(None) };
                let definition = defined(ctx, &self.0).await?;
                value.display(&definition).map(Some)
            }

            /// The former value as JSON, if a change to the field's definition no longer allows it. Null if the value
            /// was not displaced. Null for a sensitive field without `pii:read`.
            async fn displaced_value(&self, ctx: &Context<'_>) -> Result<Option<Json>> {
                displaced(ctx, &self.0).await
            }

            $(#[$field_doc])*
            async fn $field(&self, ctx: &Context<'_>) -> Result<Option<$shown>> {
                let turn: fn(Value) -> Option<$shown> = $from;
                Ok(held(ctx, &self.0).await?.and_then(turn))
            }
        }
    )* };
}

values! {
    /// The value of a BOOLEAN field.
    CustomFieldBooleanValue {
        /// True or false.
        boolean: bool = |value| if let Value::Boolean(yes) = value { Some(yes) } else { None }
    }
    /// The value of a DATE field.
    CustomFieldDateValue {
        /// The calendar day.
        date: Date = |value| if let Value::Date(day) = value { Some(Date(day)) } else { None }
    }
    /// The value of a DROPDOWN field.
    CustomFieldDropdownValue {
        /// The keys of the chosen options, in the order of the field's options.
        options: Vec<String> = |value| if let Value::Options(keys) = value { Some(keys) } else { None }
    }
    /// The value of an EMAIL field.
    CustomFieldEmailValue {
        /// The e-mail address.
        email: String = text
    }
    /// The value of a NUMBER field.
    CustomFieldNumberValue {
        /// The number, in the field's unit.
        number: Decimal = |value| if let Value::Number(number) = value { Some(Decimal(number)) } else { None }
    }
    /// The value of a PHONE_NUMBER field.
    CustomFieldPhoneNumberValue {
        /// The telephone number, as entered.
        phone_number: String = text
    }
    /// The value of a STRING field.
    CustomFieldStringValue {
        /// The text.
        text: String = text
    }
    /// The value of a WEB_ADDRESS field.
    CustomFieldWebAddressValue {
        /// The http or https address.
        url: String = text
    }
    /// The value of a JSON field.
    CustomFieldJsonValue {
        /// The JSON value.
        json: Json = |value| if let Value::Json(json) = value { Some(Json(json)) } else { None }
    }
    /// The value of a MONETARY field.
    CustomFieldMonetaryValue {
        /// The amount, in the field's currency.
        money: Money = |value| {
            if let Value::Money(money) = value { Money::of(Some(money.amount), Some(&money.currency)) } else { None }
        }
    }
}

fn text(value: Value) -> Option<String> {
    if let Value::Text(text) = value { Some(text) } else { None }
}

/// The value of a custom field in one record. Its concrete type depends on the type of the field.
#[derive(Interface)]
#[expect(clippy::duplicated_attributes, reason = "two fields of the interface are of one type")]
#[graphql(
    field(name = "id", ty = "ID", desc = "The globally unique id. It is opaque and URL-safe, and never changes."),
    field(
        name = "definition",
        ty = "Option<CustomFieldDefinition>",
        desc = "The definition of the field. Requires `custom_field:read`."
    ),
    field(
        name = "owner",
        ty = "Option<Node>",
        desc = "The record that has the value. Requires the permission to read it."
    ),
    field(name = "key", ty = "String", desc = "The key of the field."),
    field(name = "type", method = "field_type", ty = "CustomFieldType", desc = "The type of the value."),
    field(
        name = "value",
        ty = "Option<Json>",
        desc = "The value as JSON, in the form that inputs accept. Null if it was displaced. Null for a sensitive field without `pii:read`."
    ),
    field(
        name = "display_value",
        ty = "Option<String>",
        desc = "The value formatted for people: a number with its unit, options by their titles, money with its currency. Null if `value` is null."
    ),
    field(
        name = "displaced_value",
        ty = "Option<Json>",
        desc = "The former value as JSON, if a change to the field's definition no longer allows it. Null if the value was not displaced. Null for a sensitive field without `pii:read`."
    )
)]
pub enum CustomFieldValue {
    /// The value of a BOOLEAN field.
    Boolean(CustomFieldBooleanValue),
    /// The value of a DATE field.
    Date(CustomFieldDateValue),
    /// The value of a DROPDOWN field.
    Dropdown(CustomFieldDropdownValue),
    /// The value of an EMAIL field.
    Email(CustomFieldEmailValue),
    /// The value of a NUMBER field.
    Number(CustomFieldNumberValue),
    /// The value of a PHONE_NUMBER field.
    PhoneNumber(CustomFieldPhoneNumberValue),
    /// The value of a STRING field.
    String(CustomFieldStringValue),
    /// The value of a WEB_ADDRESS field.
    WebAddress(CustomFieldWebAddressValue),
    /// The value of a JSON field.
    Json(CustomFieldJsonValue),
    /// The value of a MONETARY field.
    Monetary(CustomFieldMonetaryValue),
}

impl EntityObject for CustomFieldValue {
    type Entity = Entity;
    const DELETED_BY_ID: Deleted = Deleted::Exclude;
    const EDGES: &'static [&'static Edge] = &[
        &edge::VALUE_DEFINITION,
        &edge::VALUE_CUSTOMER,
        &edge::VALUE_CONTACT,
        &edge::VALUE_ADDRESS,
        &edge::VALUE_ASSET,
        &edge::VALUE_CUSTOMER_ASSET,
        &edge::VALUE_LOAD,
        &edge::VALUE_SERVICE,
        &edge::VALUE_TENANT,
    ];

    fn of(row: Arc<Row>) -> Self {
        match row.field_type {
            FieldType::Boolean => Self::Boolean(CustomFieldBooleanValue(row)),
            FieldType::Date => Self::Date(CustomFieldDateValue(row)),
            FieldType::Dropdown => Self::Dropdown(CustomFieldDropdownValue(row)),
            FieldType::Email => Self::Email(CustomFieldEmailValue(row)),
            FieldType::Number => Self::Number(CustomFieldNumberValue(row)),
            FieldType::PhoneNumber => Self::PhoneNumber(CustomFieldPhoneNumberValue(row)),
            FieldType::String => Self::String(CustomFieldStringValue(row)),
            FieldType::WebAddress => Self::WebAddress(CustomFieldWebAddressValue(row)),
            FieldType::Json => Self::Json(CustomFieldJsonValue(row)),
            FieldType::Monetary => Self::Monetary(CustomFieldMonetaryValue(row)),
        }
    }

    fn row(&self) -> &Row {
        match self {
            Self::Boolean(value) => &value.0,
            Self::Date(value) => &value.0,
            Self::Dropdown(value) => &value.0,
            Self::Email(value) => &value.0,
            Self::Number(value) => &value.0,
            Self::PhoneNumber(value) => &value.0,
            Self::String(value) => &value.0,
            Self::WebAddress(value) => &value.0,
            Self::Json(value) => &value.0,
            Self::Monetary(value) => &value.0,
        }
    }

    fn follow_together<'a>(
        edge: &'static Edge,
        ctx: &'a Context<'a>,
        parents: Parents<'a>,
    ) -> Option<BoxFuture<'a, Vec<OutputValue>>> {
        (*edge == edge::VALUE_DEFINITION)
            .then(|| Box::pin(follow_together::<CustomFieldDefinition>(ctx, edge, parents)) as BoxFuture<'a, _>)
    }

    /// A key, and a value in its form for people, need the definitions of the tenant.
    fn prefetch_rows<'a>(ctx: &'a Context<'a>, values: &'a [Self]) -> Option<BoxFuture<'a, Result<()>>> {
        let is_needed = match ctx.item.node.name.node.as_str() {
            "key" => true,
            "displayValue" => values.iter().any(|value| value.row().sealed.is_none()),
            _ => false,
        };
        is_needed.then(|| Box::pin(async move { ctx.definitions().await.map(drop) }) as BoxFuture<'a, _>)
    }

    fn required_columns() -> &'static [ColumnOf<Self>] {
        &[Column::FieldType, Column::DefinitionId, Column::Sealed]
    }

    fn columns_for(field: &str) -> &'static [ColumnOf<Self>] {
        use Column::{Amount, Boolean, Currency, Date, Displaced, DisplacedSealed, Json, Number, Text};
        match field {
            "value" | "displayValue" => &[Boolean, Number, Text, Date, Json, Amount, Currency],
            "options" => &[Text, Json],
            "email" | "phoneNumber" | "url" => &[Text],
            "money" => &[Amount, Currency],
            "displacedValue" => &[Displaced, DisplacedSealed],
            _ => &[],
        }
    }
}

impl ListedObject for CustomFieldValue {
    type Filter = CustomFieldValueFilter;
    type Order = CustomFieldValueOrder;
}

filter_input! {
    /// Conditions on custom field values. A record must meet all of them.
    CustomFieldValueFilter of custom_field_value;
    columns {
        /// Key of the field.
        key: ExactFilter => (has_key),
        /// Type of the field.
        r#type: CustomFieldTypeFilter => FieldType,
        /// Whether a narrower definition of the field displaced the value.
        displaced: BooleanFilter => (is_displaced),
        /// When the value was first set.
        created_at: DateTimeFilter => CreatedAt,
        /// When the value was last set.
        updated_at: DateTimeFilter => UpdatedAt,
    }
    personal {}
    many {}
    one {}
}

/// The filter for the values of fields whose keys match.
fn has_key(keys: &ExactFilter) -> Filter {
    let conditions = column_filters(custom_field_definition::Column::Key, Some(keys)).collect();
    Filter::Exists(&edge::VALUE_DEFINITION, Box::new(Filter::All(conditions)))
}

/// The filter for values that are displaced, in plain text or encrypted, or for those that are not. Whether a value is
/// displaced is never null.
fn is_displaced(condition: &BooleanFilter) -> Filter {
    let present = |column: Column| Filter::Column(column.as_str(), Predicate::IsNull(false));
    let displaced = Filter::Any(vec![present(Column::Displaced), present(Column::DisplacedSealed)]);
    let mut all = Vec::new();
    if condition.is_null == Some(true) {
        all.push(Filter::Any(Vec::new()));
    }
    all.extend(condition.eq.map(|yes| if yes { displaced } else { Filter::Not(Box::new(displaced)) }));
    Filter::All(all)
}

order! {
    /// A field of custom field values to sort by.
    CustomFieldValueOrder of custom_field_value;
    /// Type of the field, alphabetically.
    Type => FieldType,
}

/// The record that has a value.
async fn owner(ctx: &Context<'_>, row: &Row) -> Result<Option<Node>> {
    macro_rules! first {
        ($($edge:ident => $node:ident),*) => { $(
            let id = foreign_key(row, &edge::$edge);
            if id.is_some() {
                return Ok(follow(ctx, &edge::$edge, id).await?.map(Node::$node));
            }
        )* };
    }
    first! {
    VALUE_CUSTOMER => Customer, VALUE_CONTACT => Contact, VALUE_ADDRESS => Address, VALUE_ASSET => Asset,
        VALUE_CUSTOMER_ASSET => CustomerAsset, VALUE_LOAD => Load, VALUE_SERVICE => ServiceRecord, VALUE_RATE => Rate,
    VALUE_SCHEDULE => EquipmentSchedule, VALUE_RECURRING => RecurringService, VALUE_DOCUMENT => Document, VALUE_TENANT => Tenant
    }
    Err(Error::internal("a value without an owner"))
}

/// The value of a row, decrypted if it is encrypted.
async fn held(ctx: &Context<'_>, row: &Row) -> Result<Option<Value>> {
    let value = match row.sealed {
        None => Value::from_row(row)?,
        Some(_) => {
            let json = ctx.open(row, Column::Sealed).await?;
            json.map(|json| Value::from_sealed(row.field_type, &json)).transpose()?
        }
    };
    match value {
        Some(Value::Json(json)) => Ok(Some(Value::Json(ctx.json(json).await.0))),
        value => Ok(value),
    }
}

async fn displaced(ctx: &Context<'_>, row: &Row) -> Result<Option<Json>> {
    let json = match row.displaced_sealed {
        Some(_) => ctx.open(row, Column::DisplacedSealed).await?,
        None => row.displaced.clone(),
    };
    let Some(json) = json else { return Ok(None) };
    let value = serde_json::from_str(&json).map_err(Error::internal)?;
    Ok(Some(ctx.json(value).await))
}

/// The definition of a value, from the definitions that the request has loaded.
async fn defined(ctx: &Context<'_>, row: &Row) -> Result<Arc<Definition>> {
    let definitions = ctx.definitions().await?;
    let field = definitions.iter().find(|field| field.id == row.definition_id).cloned();
    field.ok_or_else(|| Error::internal("a value without a field"))
}
