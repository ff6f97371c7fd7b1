//! Changes: the log of all writes, for callers with permission to read it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, OneofObject};
use entity::{change, custom_field_definition::OwnerType};
use error::{Error, Result};
use sea_orm::IdenStatic;
use store::{Edge, Filter, Predicate, SortTerm, Table, TenantTable};

use super::{
    change_image,
    context::ContextExt,
    edges::roots,
    entity_object::{EntityObject, ListedObject},
    filter::{DateTimeFilter, ExactFilter, IdFilter, IntFilter, enum_filter, filter_input, operators},
    node::{Node, find_node},
    order::{Direction, OrderInput, OrderTerm},
    scalar::{DateTime, Json},
};

/// Defines the enum of the types of records in the change log, with the names of their tables.
macro_rules! change_node_types {
    ($($(#[$doc:meta])* $node_type:ident = $table:literal,)*) => {
        /// The type of a changed record.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
        pub enum ChangeNodeType { $($(#[$doc])* $node_type,)* }

        impl ChangeNodeType {
            /// The type of the records of a table.
            fn of(table: &str) -> Option<Self> {
                match table {
                    $($table => Some(Self::$node_type),)*
                    _ => None,
                }
            }

            /// The name of the table.
            fn table(self) -> &'static str {
                match self { $(Self::$node_type => $table,)* }
            }
        }
    };
}

change_node_types! {
    /// A customer.
    Customer = "customer",
    /// A contact.
    Contact = "contact",
    /// An address.
    Address = "address",
    /// An asset.
    Asset = "asset",
    /// An asset of a customer.
    CustomerAsset = "customer_asset",
    /// A load.
    Load = "load",
    /// A service record.
    ServiceRecord = "service_record",
    /// A recurring service.
    RecurringService = "recurring_service",
    /// A rate.
    Rate = "rate",
    /// A meter reading.
    MeterReading = "meter_reading",
    /// An equipment schedule.
    EquipmentSchedule = "equipment_schedule",
    /// A document.
    Document = "document",
    /// A custom field definition.
    CustomFieldDefinition = "custom_field_definition",
    /// A custom field value.
    CustomFieldValue = "custom_field_value",
    /// The tenant.
    Tenant = "tenant",
}

operators! {
    /// Conditions on the type of a changed record. A null field matches only `isNull: true`.
    ChangeNodeTypeFilter of ChangeNodeType as |value: &ChangeNodeType| value.table();
}

/// The action of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "change::Action")]
pub enum ChangeAction {
    /// The record was created.
    Create,
    /// The record was updated.
    Update,
    /// The record was deleted: it is hidden and can be restored.
    Delete,
    /// The record was restored.
    Restore,
}

enum_filter! { ChangeActionFilter of ChangeAction as change::Action; }

/// An entry in the change log. A mutation writes exactly one for every record that it changes.
pub struct Change(Arc<change::Model>);

/// An entry in the change log. A mutation writes exactly one for every record that it changes.
#[Object]
impl Change {
    /// The globally unique id. It is opaque and URL-safe, and never changes.
    pub(super) async fn id(&self) -> ID {
        ID(<change::Entity as TenantTable>::TABLE.encode_id(self.0.id))
    }

    /// The position in the tenant's change log: 1, 2, 3, without gaps, in the order in which changes become visible.
    async fn sequence(&self) -> Result<i32> {
        let sequence = self.0.sequence.ok_or_else(|| Error::internal("an unlinked change was read"))?;
        i32::try_from(sequence).map_err(Error::internal)
    }

    /// The type of the changed record.
    async fn node_type(&self) -> Result<ChangeNodeType> {
        ChangeNodeType::of(&self.0.table_name).ok_or_else(|| Error::internal("a change of an unknown table"))
    }

    /// The id of the changed record.
    async fn node_id(&self) -> Result<ID> {
        self.record_id().map(ID)
    }

    /// The current state of the changed record, live or deleted; a custom field value only while it is live. Null if
    /// the caller cannot read it. Requires the permission to read it.
    async fn node(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        Ok(ctx.null_if_forbidden(find_node(ctx, &self.record_id()?).await)?.flatten())
    }

    /// The action.
    async fn action(&self) -> ChangeAction {
        self.0.action.into()
    }

    /// The subject of the token that made the change.
    async fn actor(&self) -> &str {
        &self.0.actor
    }

    /// The id of the request that made the change, as in `extensions.requestId` of its response, with the prefix
    /// `client:` if the client chose it.
    async fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// The time of the change.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// The names of the fields that changed.
    async fn fields(&self) -> Result<Vec<String>> {
        let names = serde_json::from_str(&self.0.fields).map_err(Error::internal)?;
        Ok(change_image::translate_names(&self.0.table_name, names))
    }

    /// The record before the change, in the names, shapes and units of its type; an edge is the id of its record. It is
    /// whole: every field, and every list of parts, such as the stops of a load, also those that the change did not touch.
    /// It leaves out the id, which is `nodeId`, the version and the times of the record, and its custom fields, which have
    /// entries of their own. Null for a new record. Contains personal data only with `pii:read`.
    async fn before(&self, ctx: &Context<'_>) -> Result<Option<Json>> {
        self.image(ctx, self.0.before.as_deref(), change::Column::BeforeSealed).await
    }

    /// The record after the change, in the names, shapes and units of its type; an edge is the id of its record. It is
    /// as whole as `before`. Contains personal data only with `pii:read`.
    async fn after(&self, ctx: &Context<'_>) -> Result<Option<Json>> {
        self.image(ctx, self.0.after.as_deref(), change::Column::AfterSealed).await
    }
}

impl Change {
    fn record_id(&self) -> Result<String> {
        let table =
            Table::by_name(&self.0.table_name).ok_or_else(|| Error::internal("a change of an unknown table"))?;
        Ok(table.encode_id(self.0.row_id))
    }

    async fn image(&self, ctx: &Context<'_>, public: Option<&str>, sealed: change::Column) -> Result<Option<Json>> {
        let Some(public) = public else { return Ok(None) };
        let mut image: serde_json::Map<_, _> = serde_json::from_str(public).map_err(Error::internal)?;
        if let Some(personal) = ctx.open(&*self.0, sealed).await? {
            let personal: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(&personal).map_err(Error::internal)?;
            // A list of parts is stored in two halves: the public and the personal fields of each part.
            for (name, value) in personal {
                match (image.get_mut(&name), value) {
                    (Some(serde_json::Value::Array(parts)), serde_json::Value::Array(halves)) => join(parts, halves),
                    (_, value) => {
                        image.insert(name, value);
                    }
                }
            }
        }
        change_image::translate(&self.0.table_name, &mut image);
        Ok(Some(ctx.json(image.into()).await))
    }
}

fn join(parts: &mut [serde_json::Value], halves: Vec<serde_json::Value>) {
    for (part, half) in parts.iter_mut().zip(halves) {
        if let (Some(part), serde_json::Value::Object(half)) = (part.as_object_mut(), half) {
            part.extend(half);
        }
    }
}

impl EntityObject for Change {
    type Entity = change::Entity;
    const EDGES: &'static [&'static Edge] = &[];

    fn of(row: Arc<change::Model>) -> Self {
        Self(row)
    }

    fn row(&self) -> &change::Model {
        &self.0
    }

    fn columns_for(field: &str) -> &'static [change::Column] {
        use change::Column::{After, AfterSealed, Before, BeforeSealed, RowId, TableName};
        match field {
            "nodeId" | "node" => &[TableName, RowId],
            "nodeType" | "fields" => &[TableName],
            "before" => &[TableName, Before, BeforeSealed],
            "after" => &[TableName, After, AfterSealed],
            _ => &[],
        }
    }
}

impl ListedObject for Change {
    type Filter = ChangeFilter;
    type Order = ChangeOrder;
}

filter_input! {
    /// Conditions on changes. A record must meet all of them.
    ChangeFilter of change;
    columns {
        /// Position in the tenant's change log.
        sequence: IntFilter => Sequence,
        /// Type of the changed record.
        node_type: ChangeNodeTypeFilter => TableName,
        /// Id of the changed record.
        node_id: IdFilter => RowId,
        /// Action of the change.
        action: ChangeActionFilter => Action,
        /// Subject of the token that made the change.
        actor: ExactFilter => Actor,
        /// Id of the request that made the change.
        request_id: ExactFilter => RequestId,
        /// Time of the change.
        at: DateTimeFilter => At,
        /// Name of a changed field.
        field: String => (has_field),
    }
    personal {}
    many {}
    one {}
}

/// The filter for changes of a field. The column holds a JSON array of the names in the storage.
fn has_field(name: &str) -> Filter {
    let quoted = |name: &str| serde_json::Value::from(name).to_string();
    let has = |name| Filter::Column(change::Column::Fields.as_str(), Predicate::Contains(quoted(name)));
    Filter::Any(change_image::stored_names(name).into_iter().map(has).collect())
}

/// A field of changes to sort by.
#[derive(Clone, Debug, OneofObject)]
pub enum ChangeOrder {
    /// Position in the tenant's change log.
    Sequence(Direction),
}

impl OrderInput for ChangeOrder {
    type Entity = change::Entity;
    const OWNER: Option<OwnerType> = None;

    fn default_terms() -> Vec<SortTerm> {
        vec![SortTerm::column::<change::Entity>(change::Column::Sequence, false)]
    }

    fn into_term(self) -> OrderTerm<change::Column> {
        let Self::Sequence(direction) = self;
        OrderTerm::Column(change::Column::Sequence, direction)
    }
}

roots! {
    ChangeQuery:
    /// Finds a change by its id. Null if there is none. Requires `change:read`.
    change by id,
    /// Lists changes, by default in the order of `sequence`. A change is listed shortly after its commit. Requires
    /// `change:read`.
    changes -> Change
}

#[cfg(test)]
mod tests {
    use store::registry::TABLES;

    use super::*;

    #[test]
    fn every_table_of_the_change_log_is_a_type_of_record() {
        for table in TABLES.iter().filter(|table| table.audited) {
            assert_eq!(ChangeNodeType::of(table.name).map(ChangeNodeType::table), Some(table.name));
        }
    }
}
