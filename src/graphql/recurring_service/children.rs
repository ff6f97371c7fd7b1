//! The parts of a recurring service: skipped and moved dates, and pauses.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use entity::{recurring_service_exception as exception, recurring_service_pause as pause};
use error::Result;
use store::{Edge, edge};

use crate::graphql::{breadth_first::LevelObject, child_rows::ChildObject, context::ContextExt, scalar::Date};

/// A date of a plan that is skipped or moved.
pub struct RecurringServiceException(Arc<exception::Model>);

impl LevelObject for RecurringServiceException {}

impl ChildObject for RecurringServiceException {
    type Entity = exception::Entity;
    const EDGE: &'static Edge = &edge::RECURRING_EXCEPTIONS;
    const COLUMNS: &'static [exception::Column] = {
        use exception::Column as C;
        &[C::Id, C::Date, C::MovedTo, C::MovedTime, C::Reason]
    };

    fn of(row: Arc<exception::Model>) -> Self {
        Self(row)
    }
}

/// A date of a plan that is skipped or moved.
#[Object]
impl RecurringServiceException {
    /// The date that the rule of the plan yields.
    async fn date(&self) -> Date {
        Date(self.0.date)
    }

    /// The date on which the visit takes place instead. Null: it is skipped.
    async fn moved_to(&self) -> Option<Date> {
        self.0.moved_to.map(Date)
    }

    /// The local time at which the visit begins, for example `10:00`. Null: at the plan's `preferredTime`.
    async fn moved_time(&self) -> Option<&str> {
        self.0.moved_time.as_deref()
    }

    /// The reason, as free text. Null if there is none or without `pii:read`.
    async fn reason(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, exception::Column::Reason).await
    }
}

/// A time without visits.
#[derive(SimpleObject)]
pub struct RecurringServicePause {
    /// The first day without visits.
    starts_on: Date,
    /// The first day with visits again. Null while the plan is not resumed.
    resumes_on: Option<Date>,
}

impl LevelObject for RecurringServicePause {}

impl ChildObject for RecurringServicePause {
    type Entity = pause::Entity;
    const EDGE: &'static Edge = &edge::RECURRING_PAUSES;
    const COLUMNS: &'static [pause::Column] = &[pause::Column::StartsOn, pause::Column::ResumesOn];

    fn of(row: Arc<pause::Model>) -> Self {
        Self { starts_on: Date(row.starts_on), resumes_on: row.resumes_on.map(Date) }
    }
}
