//! Nodes: objects that can be found by their ids.

use async_graphql::{Context, ID, Interface, Object, QueryPathSegment, Value};
use error::{Error, Result};
use futures_util::future::join_all;
use store::Table;

use super::{
    address::Address,
    asset::Asset,
    breadth_first::{Place, Resolved},
    change::Change,
    contact::Contact,
    context::ContextExt,
    custom_field::{
        CustomFieldBooleanValue, CustomFieldDateValue, CustomFieldDefinition, CustomFieldDropdownValue,
        CustomFieldEmailValue, CustomFieldJsonValue, CustomFieldMonetaryValue, CustomFieldNumberValue,
        CustomFieldPhoneNumberValue, CustomFieldStringValue, CustomFieldValue, CustomFieldWebAddressValue,
    },
    customer::Customer,
    customer_asset::CustomerAsset,
    document::Document,
    entity_object::{by_id, resolve_ids},
    equipment_schedule::EquipmentSchedule,
    load::Load,
    meter_reading::MeterReading,
    rate::Rate,
    recurring_service::RecurringService,
    service_record::ServiceRecord,
    tenant::Tenant,
};

/// An object with a globally unique id. `node(id)` finds it.
#[derive(Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "The globally unique id. It is opaque and URL-safe, and never changes."
))]
pub enum Node {
    /// A customer.
    Customer(Customer),
    /// An address.
    Address(Address),
    /// A contact.
    Contact(Contact),
    /// A tenant.
    Tenant(Tenant),
    /// A custom field definition.
    CustomFieldDefinition(CustomFieldDefinition),
    /// The value of a BOOLEAN field.
    CustomFieldBooleanValue(CustomFieldBooleanValue),
    /// The value of a DATE field.
    CustomFieldDateValue(CustomFieldDateValue),
    /// The value of a DROPDOWN field.
    CustomFieldDropdownValue(CustomFieldDropdownValue),
    /// The value of an EMAIL field.
    CustomFieldEmailValue(CustomFieldEmailValue),
    /// The value of a NUMBER field.
    CustomFieldNumberValue(CustomFieldNumberValue),
    /// The value of a PHONE_NUMBER field.
    CustomFieldPhoneNumberValue(CustomFieldPhoneNumberValue),
    /// The value of a STRING field.
    CustomFieldStringValue(CustomFieldStringValue),
    /// The value of a WEB_ADDRESS field.
    CustomFieldWebAddressValue(CustomFieldWebAddressValue),
    /// The value of a JSON field.
    CustomFieldJsonValue(CustomFieldJsonValue),
    /// The value of a MONETARY field.
    CustomFieldMonetaryValue(CustomFieldMonetaryValue),
    /// A load.
    Load(Load),
    /// An asset.
    Asset(Asset),
    /// An asset of a customer.
    CustomerAsset(CustomerAsset),
    /// A service record.
    ServiceRecord(ServiceRecord),
    /// A recurring service.
    RecurringService(RecurringService),
    /// A rate.
    Rate(Rate),
    /// A meter reading.
    MeterReading(MeterReading),
    /// An equipment schedule.
    EquipmentSchedule(EquipmentSchedule),
    /// A document.
    Document(Document),
    /// A change of a record.
    Change(Change),
}

impl From<CustomFieldValue> for Node {
    fn from(value: CustomFieldValue) -> Self {
        match value {
            CustomFieldValue::Boolean(value) => Self::CustomFieldBooleanValue(value),
            CustomFieldValue::Date(value) => Self::CustomFieldDateValue(value),
            CustomFieldValue::Dropdown(value) => Self::CustomFieldDropdownValue(value),
            CustomFieldValue::Email(value) => Self::CustomFieldEmailValue(value),
            CustomFieldValue::Number(value) => Self::CustomFieldNumberValue(value),
            CustomFieldValue::PhoneNumber(value) => Self::CustomFieldPhoneNumberValue(value),
            CustomFieldValue::String(value) => Self::CustomFieldStringValue(value),
            CustomFieldValue::WebAddress(value) => Self::CustomFieldWebAddressValue(value),
            CustomFieldValue::Json(value) => Self::CustomFieldJsonValue(value),
            CustomFieldValue::Monetary(value) => Self::CustomFieldMonetaryValue(value),
        }
    }
}

/// The root fields that find nodes.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Finds an object by its id, live or deleted; a custom field value only while it is live. Null if there is none.
    /// Requires the permission to read the object.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "The id.")] id: ID) -> Result<Option<Node>> {
        Ok(ctx.null_if_forbidden(find_node(ctx, &id).await)?.flatten())
    }

    /// Finds objects by their ids, in the order of the ids. Null for an id without an object. Requires the permission
    /// to read the objects.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ids; at most 100 unless the server is configured otherwise.")] ids: Vec<ID>,
    ) -> Result<Resolved<Vec<Option<Node>>>> {
        let maximum = ctx.request().limits.items;
        if ids.len() > maximum {
            return Err(Error::BadInput(format!("ids has at most {maximum} items; {} were given.", ids.len())));
        }
        let place = |index| Place { parent: ctx.path_node.as_ref(), segment: QueryPathSegment::Index(index) };
        let mut tables: Vec<(&Table, Vec<usize>)> = Vec::new();
        for (index, id) in ids.iter().enumerate() {
            let Some(table) = Table::for_id(id) else { continue };
            match tables.iter_mut().find(|(known, _)| known.name == table.name) {
                Some((_, indices)) => indices.push(index),
                None => tables.push((table, vec![index])),
            }
        }
        let resolved = tables.into_iter().map(async |(table, indices)| {
            let places: Vec<_> = indices.iter().copied().map(place).collect();
            let ids: Vec<_> = indices.iter().map(|index| ids[*index].as_str()).collect();
            Ok::<_, Error>((indices, resolve_nodes(ctx, table, &ids, &places).await?))
        });
        let mut values = vec![Value::Null; ids.len()];
        for resolved in join_all(resolved).await {
            let (indices, of_table) = resolved?;
            for (index, value) in indices.into_iter().zip(of_table) {
                values[index] = value;
            }
        }
        Ok(Resolved::new(Value::List(values)))
    }
}

/// Resolves the nodes of a table by their ids: a value for each of them.
async fn resolve_nodes(ctx: &Context<'_>, table: &Table, ids: &[&str], places: &[Place<'_>]) -> Result<Vec<Value>> {
    match table.name {
        "customer" => resolve_ids::<Customer>(ctx, ids, places).await,
        "address" => resolve_ids::<Address>(ctx, ids, places).await,
        "contact" => resolve_ids::<Contact>(ctx, ids, places).await,
        "tenant" => resolve_ids::<Tenant>(ctx, ids, places).await,
        "custom_field_definition" => resolve_ids::<CustomFieldDefinition>(ctx, ids, places).await,
        "custom_field_value" => resolve_ids::<CustomFieldValue>(ctx, ids, places).await,
        "load" => resolve_ids::<Load>(ctx, ids, places).await,
        "asset" => resolve_ids::<Asset>(ctx, ids, places).await,
        "customer_asset" => resolve_ids::<CustomerAsset>(ctx, ids, places).await,
        "service_record" => resolve_ids::<ServiceRecord>(ctx, ids, places).await,
        "recurring_service" => resolve_ids::<RecurringService>(ctx, ids, places).await,
        "rate" => resolve_ids::<Rate>(ctx, ids, places).await,
        "meter_reading" => resolve_ids::<MeterReading>(ctx, ids, places).await,
        "equipment_schedule" => resolve_ids::<EquipmentSchedule>(ctx, ids, places).await,
        "document" => resolve_ids::<Document>(ctx, ids, places).await,
        "change" => resolve_ids::<Change>(ctx, ids, places).await,
        _ => Ok(vec![Value::Null; ids.len()]),
    }
}

/// Finds the node of an id, with the columns that the current field's selection reads.
pub async fn find_node(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let Some(table) = Table::for_id(id) else { return Ok(None) };
    Ok(match table.name {
        "customer" => by_id(ctx, id).await?.map(Node::Customer),
        "address" => by_id(ctx, id).await?.map(Node::Address),
        "contact" => by_id(ctx, id).await?.map(Node::Contact),
        "tenant" => by_id(ctx, id).await?.map(Node::Tenant),
        "custom_field_definition" => by_id(ctx, id).await?.map(Node::CustomFieldDefinition),
        "custom_field_value" => by_id::<CustomFieldValue>(ctx, id).await?.map(Node::from),
        "load" => by_id(ctx, id).await?.map(Node::Load),
        "asset" => by_id(ctx, id).await?.map(Node::Asset),
        "customer_asset" => by_id(ctx, id).await?.map(Node::CustomerAsset),
        "service_record" => by_id(ctx, id).await?.map(Node::ServiceRecord),
        "recurring_service" => by_id(ctx, id).await?.map(Node::RecurringService),
        "rate" => by_id(ctx, id).await?.map(Node::Rate),
        "meter_reading" => by_id(ctx, id).await?.map(Node::MeterReading),
        "equipment_schedule" => by_id(ctx, id).await?.map(Node::EquipmentSchedule),
        "document" => by_id(ctx, id).await?.map(Node::Document),
        "change" => by_id(ctx, id).await?.map(Node::Change),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use async_graphql::{
        OutputType,
        parser::{
            parse_schema,
            types::{ObjectType, TypeKind, TypeSystemDefinition},
        },
    };

    use sea_orm::IdenStatic;
    use sea_orm::Iterable;
    use store::camel_case::camel_case;

    use super::*;
    use crate::graphql::{
        entity_object::{ColumnOf, EntityObject},
        sdl,
    };

    /// Fields that read no column besides the id and the required ones.
    const WITHOUT_COLUMN: &[&str] = &[
        "Asset.currentAssignment",
        "Customer.analytics",
        "CustomFieldValue.key",
        "CustomFieldValue.type",
        "Load.charges",
        "Load.references",
        "Load.statusHistory",
        "Load.stops",
        "Rate.accessorials",
        "Rate.fuelSurchargeBands",
        "RecurringService.exceptions",
        "RecurringService.pauses",
        "RecurringService.technician",
        "RecurringService.technicians",
        "ServiceRecord.partsUsed",
        "ServiceRecord.technician",
        "ServiceRecord.technicians",
        "Tenant.settingsApplied",
    ];

    /// The object types of the schema, by their names.
    fn objects() -> Vec<(String, ObjectType)> {
        let object = |definition| match definition {
            TypeSystemDefinition::Type(definition) => match definition.node.kind {
                TypeKind::Object(object) => Some((definition.node.name.node.to_string(), object)),
                _ => None,
            },
            _ => None,
        };
        parse_schema(sdl()).unwrap().definitions.into_iter().filter_map(object).collect()
    }

    fn implements(object: &ObjectType, interface: &str) -> bool {
        object.implements.iter().any(|name| name.node == interface)
    }

    /// The fields of an entity object for which no column is known. Takes its objects out of the list.
    fn unmapped<F: EntityObject>(objects: &mut Vec<(String, ObjectType)>) -> BTreeSet<String> {
        let of = <F as OutputType>::type_name();
        let is_of = |(name, object): &mut (String, ObjectType)| *name == of || implements(object, &of);
        let own: Vec<_> = objects.extract_if(.., is_of).collect();
        assert!(!own.is_empty(), "{of} is not in the schema");
        let fields = own.iter().flat_map(|(_, object)| &object.fields).map(|field| field.node.name.node.as_str());
        let is_mapped = |field: &&str| {
            !F::columns_for(field).is_empty()
                || <ColumnOf<F> as Iterable>::iter().any(|column| camel_case(column.as_str()) == **field)
                // `customField` follows the edge of `customFields`.
                || F::EDGES.iter().any(|edge| edge.field() == *field || edge.field() == format!("{field}s"))
        };
        fields.filter(|field| !is_mapped(field)).map(|field| format!("{of}.{field}")).collect()
    }

    /// A field without a column answers the default of the type, whatever the row holds. `tests/field_selection.rs` finds the field
    /// that has some of its columns.
    #[test]
    fn every_field_knows_its_columns() {
        let mut objects = objects();
        objects.retain(|(_, object)| implements(object, "Node"));
        let all = [
            unmapped::<Address>(&mut objects),
            unmapped::<Asset>(&mut objects),
            unmapped::<Change>(&mut objects),
            unmapped::<Contact>(&mut objects),
            unmapped::<Customer>(&mut objects),
            unmapped::<CustomerAsset>(&mut objects),
            unmapped::<CustomFieldDefinition>(&mut objects),
            unmapped::<CustomFieldValue>(&mut objects),
            unmapped::<EquipmentSchedule>(&mut objects),
            unmapped::<Document>(&mut objects),
            unmapped::<Load>(&mut objects),
            unmapped::<MeterReading>(&mut objects),
            unmapped::<Rate>(&mut objects),
            unmapped::<RecurringService>(&mut objects),
            unmapped::<ServiceRecord>(&mut objects),
            unmapped::<Tenant>(&mut objects),
        ];
        let left: Vec<_> = objects.iter().map(|(name, _)| name).collect();
        assert!(left.is_empty(), "add these entity objects to the test: {left:?}");
        let unmapped: Vec<_> = all.into_iter().flatten().collect();
        assert_eq!(unmapped, WITHOUT_COLUMN, "name the columns that the field reads in its entity_object!");
    }
}
