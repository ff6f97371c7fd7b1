//! The availability of equipment: which units of a category are free for a period.

use std::collections::HashMap;

use async_graphql::{Context, Object};
use chrono::{DateTime as Instant, Utc};
use domain::customer_asset::claim;
use entity::{
    asset::{Entity, Model, Status},
    customer_asset,
};
use error::{Error, Result};
use sea_orm::prelude::Uuid;
use store::{Filter, Predicate, fold, table::enum_text};

use super::{
    Asset,
    distance::{Distance, distances},
};
use crate::graphql::{
    context::ContextExt,
    entity_object::EntityObject,
    output_list::OutputList,
    row_size::RowSize,
    scalar::{Coordinates, DateTime},
    unit::DistanceUnit,
};

/// The most units of a category that are compared.
const MAX_UNITS: usize = 1_000;

/// The availability of equipment.
#[derive(Default)]
pub struct AvailabilityQuery;

/// Which units of a category are free for a period.
pub struct Availability {
    from: Instant<Utc>,
    units: Vec<Unit>,
}

/// A row of a unit, and from when it is free.
struct Unit {
    row: Model,
    next_free_at: Option<Instant<Utc>>,
    distance: Option<Distance>,
}

/// A unit, and from when it is free.
pub struct AssetAvailability {
    asset: Asset,
    free: bool,
    next_free_at: Option<DateTime>,
    distance: Option<Distance>,
}

/// A unit, and from when it is free.
#[Object]
impl AssetAvailability {
    /// The unit.
    async fn asset(&self) -> &Asset {
        &self.asset
    }

    /// Whether no rental, lease or reservation touches any part of the period.
    async fn free(&self) -> bool {
        self.free
    }

    /// The first moment, not before `from`, from which the unit is free for as long as the period. Null if that is not known: a
    /// rental without an end or an overdue one is in the way.
    async fn next_free_at(&self) -> Option<DateTime> {
        self.next_free_at
    }

    /// The great-circle distance from `near` to where the unit was last known to be: at the `location` of its
    /// `currentAssignment`, else of the assignment that was returned last. It has three digits after the point. Null without
    /// `near`, or if that location or its coordinates are unknown.
    async fn distance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The unit of the distance: kilometres or miles. Omitted: the tenant's unit.")] unit: Option<
            DistanceUnit,
        >,
    ) -> Option<f64> {
        let unit = unit.or_else(|| DistanceUnit::of(&ctx.store().tenant().row.distance_unit))?;
        Some(self.distance?.in_unit(unit))
    }
}

/// Which units of a category are free for a period.
#[Object]
impl Availability {
    /// The number of units in the category that are ACTIVE.
    async fn unit_count(&self) -> usize {
        self.units.len()
    }

    /// The number of units that are free for the whole period.
    async fn free_count(&self) -> usize {
        self.units.iter().filter(|unit| unit.next_free_at == Some(self.from)).count()
    }

    /// The first moment, not before `from`, from which any unit is free for as long as the period. Null if that is not known.
    async fn next_free_at(&self) -> Option<DateTime> {
        self.units.iter().filter_map(|unit| unit.next_free_at).min().map(DateTime)
    }

    /// The units, those that are free first, then in the order of `nextFreeAt`, then by distance with `near`, those without one
    /// last, then by name.
    async fn units(&self) -> OutputList<AssetAvailability> {
        let unit = |unit: &Unit| AssetAvailability {
            asset: Asset::of(unit.row.clone().into()),
            free: unit.next_free_at == Some(self.from),
            next_free_at: unit.next_free_at.map(DateTime),
            distance: unit.distance,
        };
        self.units.iter().map(unit).collect()
    }
}

#[Object]
impl AvailabilityQuery {
    /// Says which units of a category are free for a period: those that no rental, lease or reservation touches in the whole
    /// period, by the rule that every such assignment has to meet. A unit that is overdue is not free, nor is one that is not
    /// ACTIVE. A category with more than 1,000 units is refused. Requires `asset:read`.
    async fn availability(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The category of equipment, compared without regard to case.")] category: String,
        #[graphql(desc = "The beginning of the period.")] from: DateTime,
        #[graphql(desc = "The end of the period, exclusive; later than `from`. Omitted: without an end.")]
        until: Option<DateTime>,
        #[graphql(
            desc = "A position by which the free units are sorted, the nearest first. Requires `pii:read` and `address:read`. \
                Omitted: they are sorted by name."
        )]
        near: Option<Coordinates>,
    ) -> Result<Availability> {
        let (from, until) = (from.0, until.map(|until| until.0));
        if let Some(until) = until.filter(|until| *until <= from) {
            return Err(Error::BadInput(format!("until ({until}) is not later than from ({from}).")));
        }
        let mut find = ctx.store().find::<Entity>()?.filter(Filter::All(vec![
            Filter::Column("category_key", Predicate::Eq(fold::fold(category.trim()).into())),
            Filter::Column("status", Predicate::Eq(enum_text(&Status::Active).into())),
        ]));
        find.size = MAX_UNITS as u64;
        let page = ctx.store().page(&find).await?;
        if page.has_more {
            return Err(Error::BadInput(format!("category: \"{category}\" has more than {MAX_UNITS} units.")));
        }
        ctx.spend(page.rows.len() as u64, page.bytes, || RowSize::of(ctx.field().selection_set(), Asset::EDGES)).await;
        let claims = claims(ctx, page.rows.iter().map(|(row, _)| row.id), from).await?;
        let distances = match near {
            Some(near) => {
                let ids: Vec<_> = page.rows.iter().map(|(row, _)| row.id).collect();
                distances(ctx, near, &ids).await?
            }
            None => HashMap::new(),
        };
        let now = ctx.store().now();
        let unit = |row: &Model| {
            let claims = claims.get(&row.id).map(Vec::as_slice).unwrap_or_default();
            let next_free_at = claim::next_free((from, until), claims, now);
            Unit { row: row.clone(), next_free_at, distance: distances.get(&row.id).copied() }
        };
        let mut units: Vec<_> = page.rows.iter().map(|(row, _)| unit(row)).collect();
        let time = |unit: &Unit| (unit.next_free_at.is_none(), unit.next_free_at);
        let distance = |unit: &Unit| unit.distance.map_or(f64::INFINITY, |distance| distance.0);
        units.sort_by(|one, other| {
            let by_distance = || distance(one).total_cmp(&distance(other));
            let by_name = || (&one.row.name_key, one.row.id).cmp(&(&other.row.name_key, other.row.id));
            time(one).cmp(&time(other)).then_with(by_distance).then_with(by_name)
        });
        Ok(Availability { from, units })
    }
}

/// The claims of some assets from a moment on.
async fn claims(
    ctx: &Context<'_>,
    assets: impl Iterator<Item = Uuid>,
    from: Instant<Utc>,
) -> Result<HashMap<Uuid, Vec<customer_asset::Model>>> {
    let of_assets = Filter::Column("asset_id", Predicate::In(assets.map(Into::into).collect()));
    let find = ctx.store().find::<customer_asset::Entity>()?.filter(claim::touching((from, None))).filter(of_assets);
    let page = ctx.store().page(&find).await?;
    ctx.spend(page.rows.len() as u64, page.bytes, || RowSize::of(ctx.field().selection_set(), &[])).await;
    let mut claims: HashMap<_, Vec<_>> = HashMap::new();
    for (row, _) in &page.rows {
        claims.entry(row.asset_id).or_default().push((**row).clone());
    }
    Ok(claims)
}
