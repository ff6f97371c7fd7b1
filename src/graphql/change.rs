//! Changes: the log of every write, as those may read it who may.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object};
use entity::{change, custom_field_definition::Owner};
use error::{Error, Result};
use sea_orm::EntityTrait;
use store::{Edge, Filter, Predicate, SortTerm, Table, TenantTable};

use super::{
    connection::roots,
    context::ContextExt,
    entity_object::{EntityObject, ListedObject},
    filter::{
        DateTimeFilter, ExactFilter, FilterContext, FilterInput, IdFilter, IntFilter, Operators, enum_filter,
        logical_filters,
    },
    order::{Direction, OrderField, OrderInput, OrderTerm},
    scalar::{DateTime, Json},
};

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "change::Action")]
pub enum ChangeAction {
    /// It was made.
    Create,
    /// It was changed.
    Update,
    /// It was deleted: hidden, that is.
    Delete,
    /// It was brought back.
    Restore,
}

enum_filter! { ChangeActionFilter of ChangeAction as change::Action; }

/// What a write did to one row. There is exactly one for every row that a mutation changed.
pub struct Change(Arc<change::Model>);

/// What a write did to one row. There is exactly one for every row that a mutation changed.
#[Object]
impl Change {
    /// The id: opaque, URL-safe, the same for ever.
    pub(super) async fn id(&self) -> ID {
        ID(<change::Entity as TenantTable>::TABLE.encode_id(self.0.id))
    }

    /// The place in the tenant's log: 1, 2, 3, without gaps, in the order in which changes became visible.
    async fn sequence(&self) -> Result<i32> {
        let sequence = self.0.sequence.ok_or_else(|| Error::internal("an unlinked change was read"))?;
        i32::try_from(sequence).map_err(Error::internal)
    }

    /// The table of the row: `customer`, `load`.
    async fn entity(&self) -> &str {
        &self.0.entity
    }

    /// The id of the row.
    async fn entity_id(&self) -> Result<ID> {
        let table = Table::by_name(&self.0.entity).ok_or_else(|| Error::internal("a change of an unknown table"))?;
        Ok(ID(table.encode_id(self.0.row_id)))
    }

    /// What happened.
    async fn action(&self) -> ChangeAction {
        self.0.action.into()
    }

    /// Who did it: the subject of the token.
    async fn actor(&self) -> &str {
        &self.0.actor
    }

    /// The request that did it, as in `extensions.requestId` of its answer.
    async fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// When it was done.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// The names of the fields that changed.
    async fn fields(&self) -> Result<Vec<String>> {
        serde_json::from_str(&self.0.fields).map_err(Error::internal)
    }

    /// The row before, as stored: money in minor units, numbers in millionths. Null for a new row. Personal data is in it
    /// with `pii:read` only.
    async fn before(&self, ctx: &Context<'_>) -> Result<Option<Json>> {
        self.image(ctx, self.0.before.as_deref(), self.0.before_sealed.as_ref(), "before_sealed").await
    }

    /// The row after, as stored: money in minor units, numbers in millionths. Personal data is in it with `pii:read` only.
    async fn after(&self, ctx: &Context<'_>) -> Result<Option<Json>> {
        self.image(ctx, self.0.after.as_deref(), self.0.after_sealed.as_ref(), "after_sealed").await
    }
}

impl Change {
    async fn image(
        &self,
        ctx: &Context<'_>,
        open: Option<&str>,
        sealed: Option<&entity::Sealed>,
        column: &'static str,
    ) -> Result<Option<Json>> {
        let Some(open) = open else { return Ok(None) };
        let mut image: serde_json::Map<_, _> = serde_json::from_str(open).map_err(Error::internal)?;
        if let Some(personal) = ctx.open(sealed, "change", column, self.0.id).await? {
            let personal: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(&personal).map_err(Error::internal)?;
            // A list of parts has an open and a personal half of each part.
            for (name, value) in personal {
                match (image.get_mut(&name), value) {
                    (Some(serde_json::Value::Array(parts)), serde_json::Value::Array(halves)) => join(parts, halves),
                    (_, value) => {
                        image.insert(name, value);
                    }
                }
            }
        }
        Ok(Some(Json(image.into())))
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

    fn columns_for(field: &str) -> &'static [change::Column] {
        use change::Column::{After, AfterSealed, Before, BeforeSealed, Entity, RowId};
        match field {
            "entityId" => &[Entity, RowId],
            "before" => &[Before, BeforeSealed],
            "after" => &[After, AfterSealed],
            _ => &[],
        }
    }
}

impl ListedObject for Change {
    type Filter = ChangeFilter;
    type Order = ChangeOrder;
}

/// Which changes. All tests given must pass.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ChangeFilter {
    /// All of these.
    pub and: Option<Vec<ChangeFilter>>,
    /// One of these.
    pub or: Option<Vec<ChangeFilter>>,
    /// Not this.
    pub not: Option<Box<ChangeFilter>>,
    /// The place in the tenant's log.
    pub sequence: Option<IntFilter>,
    /// The table of the row.
    pub entity: Option<ExactFilter>,
    /// The id of the row.
    pub entity_id: Option<IdFilter>,
    /// What happened.
    pub action: Option<ChangeActionFilter>,
    /// Who did it.
    pub actor: Option<ExactFilter>,
    /// The request that did it.
    pub request_id: Option<ExactFilter>,
    /// When it was done.
    pub at: Option<DateTimeFilter>,
    /// One of the fields that changed, by its name.
    pub field: Option<String>,
}

impl FilterInput for ChangeFilter {
    fn uses_custom_fields(&self) -> bool {
        false
    }

    fn filter(&self, known: &FilterContext<'_>) -> Result<Filter> {
        let mut all = Vec::new();
        let columns: [(_, Option<&dyn Operators>); 7] = [
            ("sequence", self.sequence.as_ref().map(|operators| operators as _)),
            ("entity", self.entity.as_ref().map(|operators| operators as _)),
            ("row_id", self.entity_id.as_ref().map(|operators| operators as _)),
            ("action", self.action.as_ref().map(|operators| operators as _)),
            ("actor", self.actor.as_ref().map(|operators| operators as _)),
            ("request_id", self.request_id.as_ref().map(|operators| operators as _)),
            ("at", self.at.as_ref().map(|operators| operators as _)),
        ];
        for (name, operators) in columns {
            let predicates = operators.into_iter().flat_map(Operators::predicates);
            all.extend(predicates.map(|predicate| Filter::Column(name, predicate)));
        }
        if let Some(field) = &self.field {
            let quoted = serde_json::Value::from(field.as_str()).to_string();
            all.push(Filter::Column("fields", Predicate::Contains(quoted)));
        }
        all.extend(logical_filters(known, self.and.as_deref(), self.or.as_deref(), self.not.as_deref())?);
        Ok(Filter::All(all))
    }
}

/// What changes can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ChangeOrderField {
    /// The place in the tenant's log.
    Sequence,
}

/// One term of an order.
#[derive(Clone, Debug, InputObject)]
pub struct ChangeOrder {
    /// By what.
    pub field: ChangeOrderField,
    /// The direction; ascending if absent.
    #[graphql(default)]
    pub direction: Direction,
}

impl OrderField for ChangeOrderField {
    type Entity = change::Entity;
    const OWNER: Option<(&'static str, Owner)> = None;

    fn default_terms() -> Vec<SortTerm> {
        vec![SortTerm::column::<change::Entity>(change::Column::Sequence, false)]
    }

    fn column(self) -> <change::Entity as EntityTrait>::Column {
        change::Column::Sequence
    }
}

impl OrderInput for ChangeOrder {
    type Field = ChangeOrderField;

    fn into_term(self) -> OrderTerm<ChangeOrderField> {
        OrderTerm { field: Some(self.field), custom_field: None, direction: self.direction }
    }
}

roots! {
    ChangeQuery:
    /// The change of an id. Null if the id names none. Needs `change:read`.
    change,
    /// All changes, in their order, soon after they were committed. Needs `change:read`.
    changes -> Change
}
