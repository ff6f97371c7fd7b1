//! Lists of equipment schedules: filter, order, root fields, and what is due.

use async_graphql::{Context, Object};
use domain::asset::current_assignment;
use entity::asset;
use error::Result;
use store::{Filter, Predicate, Store, edge, table::enum_text};

use super::{
    EquipmentSchedule,
    status::{EquipmentScheduleStatusFilter, has_status},
};
use crate::graphql::{
    asset::AssetFilter,
    connection::Connection,
    context::ContextExt,
    customer::CustomerFilter,
    customer_asset::CustomerAssetFilter,
    edges::roots,
    filter::{DateFilter, DateTimeFilter, DecimalFilter, IntFilter, TextFilter, filter},
    list::{Deleted, ListArguments, connect},
    order::{Direction, order},
    scalar::Date,
    service_record::ServiceRecordFilter,
};

filter! {
    /// Conditions on equipment schedules. A record must meet all of them.
    EquipmentScheduleFilter, EquipmentScheduleEdgeFilter of equipment_schedule with custom_fields of EquipmentSchedule;
    columns {
        /// Type of work.
        service_type: TextFilter => ServiceTypeKey,
        /// Status now.
        status: EquipmentScheduleStatusFilter => {has_status},
        /// First day on which the work is due, by date or by the prediction.
        next_due: DateFilter => NextDue,
        /// Day on which the work is due by the calendar.
        next_due_date: DateFilter => NextDueDate,
        /// Day on which the meter reaches the reading at which the work is due.
        predicted_due: DateFilter => PredictedDue,
        /// Interval in days.
        interval_days: IntFilter => IntervalDays,
        /// Interval in calendar months.
        interval_months: IntFilter => IntervalMonths,
        /// Interval on the meter.
        interval_meter: DecimalFilter => IntervalMeter,
        /// Last completion.
        last_completed_at: DateTimeFilter => LastCompletedAt,
        /// Last skip.
        skipped_at: DateTimeFilter => SkippedAt,
    }
    personal {}
    many {}
    one {
        /// Asset of the schedule.
        asset: AssetFilter => SCHEDULE_ASSET,
        /// Customer asset of the schedule; none matches a schedule of an asset for all its customers.
        customer_asset: CustomerAssetFilter => SCHEDULE_CUSTOMER_ASSET,
        /// Customer of the customer asset; none matches a schedule of an asset for all its customers.
        customer: CustomerFilter => SCHEDULE_CUSTOMER,
        /// Service record by which the work was last done.
        last_service_record: ServiceRecordFilter => SCHEDULE_LAST_SERVICE,
    }
}

order! {
    /// A field of equipment schedules to sort by.
    EquipmentScheduleOrder of equipment_schedule with custom_fields of EquipmentSchedule;
    /// First day on which the work is due, by date or by the prediction.
    NextDue => NextDue,
    /// Day on which the work is due by the calendar.
    NextDueDate => NextDueDate,
    /// Day on which the meter reaches the reading at which the work is due.
    PredictedDue => PredictedDue,
    /// Type of work.
    ServiceType => ServiceTypeKey,
    /// Last completion.
    LastCompletedAt => LastCompletedAt,
}

roots! {
    EquipmentScheduleRoots:
    /// Finds an equipment schedule by its id or a reference, live or deleted. Null if there is none. Requires
    /// `schedule:read`.
    equipment_schedule,
    /// Lists equipment schedules, also those by which nothing is due. Requires `schedule:read`.
    equipment_schedules -> EquipmentSchedule
}

/// The list of the work that is due.
#[derive(Default)]
pub struct EquipmentDue;

#[Object]
impl EquipmentDue {
    /// Lists the equipment schedules by which work is due before a date, for all customers. It has no schedules of deleted or
    /// RETIRED assets, of assignments that are not current, and of deleted customers. Requires `schedule:read`, `asset:read`
    /// and `customer:read`.
    async fn equipment_due(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The day before which the work is due: `nextDue` is earlier.")] before: Date,
        #[graphql(
            desc = "The maximum number of records on the page; at most 100 unless the server is configured otherwise. Defaults to 25."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor after which the page starts.")] after: Option<String>,
        #[graphql(name = "where", desc = "Further conditions on the records. If omitted, there are none.")]
        filter: Option<Box<EquipmentScheduleFilter>>,
        #[graphql(
            desc = "The sort keys. If omitted, what is due first comes first. Records with equal sort keys are ordered by id."
        )]
        order_by: Option<Vec<EquipmentScheduleOrder>>,
    ) -> Result<Option<Connection<EquipmentSchedule>>> {
        let order = order_by
            .filter(|order| !order.is_empty())
            .or_else(|| Some(vec![EquipmentScheduleOrder::NextDue(Direction::Asc)]));
        let condition = Some(due_before(ctx.store(), before));
        let args = ListArguments {
            first,
            after,
            last: None,
            before: None,
            filter,
            order,
            deleted: Some(Deleted::Exclude),
            condition,
        };
        connect(ctx, None, args).await
    }
}

/// The schedules by which work is due before a day, on equipment that is in use.
fn due_before(store: &Store, before: Date) -> Filter {
    let exists = |edge, filter| Filter::Exists(edge, Box::new(filter));
    let in_use = Filter::Column("status", Predicate::Neq(enum_text(&asset::Status::Retired).into()));
    let of_customer = Filter::All(vec![
        exists(&edge::SCHEDULE_CUSTOMER_ASSET, current_assignment(store.now())),
        exists(&edge::SCHEDULE_CUSTOMER, Filter::All(Vec::new())),
    ]);
    let of_all = Filter::Column("customer_asset_id", Predicate::IsNull(true));
    Filter::All(vec![
        Filter::Column("next_due", Predicate::Lt(before.0.into())),
        exists(&edge::SCHEDULE_ASSET, in_use),
        Filter::Any(vec![of_all, of_customer]),
    ])
}
