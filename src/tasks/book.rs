//! Booking: books the visits of recurring services ahead, as time goes on and time zones of addresses change.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::recurring_service::{self, Plan};
use error::{Error, Result};
use sea_orm::prelude::Uuid;
use store::{
    Database,
    background::{TenantRow, live_rows, write},
    clock,
};
use tokio::sync::watch;

/// The time between two runs. A mutation books the visits of its plan itself.
const INTERVAL: Duration = Duration::from_hours(1);

/// How many plans are listed by one statement.
const PLANS_PER_PAGE: u64 = 200;

/// For how many days a plan is looked at after its last date: longer than a visit can be moved.
const DAYS_AFTER_END: Days = Days::new(400);

/// The actor of the bookings in the change log.
const SUBJECT: &str = "booking";

/// Books visits until the server stops.
pub async fn run(db: Arc<Database>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = book_visits(&db, None, clock::now(), &stop).await {
            tracing::warn!("the visits of recurring services could not be listed: {error:?}");
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Books the visits that are due at a time, of all tenants or of one, each plan in a transaction of its own. A plan that fails
/// does not keep the others from being booked.
pub async fn book_visits(
    db: &Arc<Database>,
    tenant: Option<Uuid>,
    now: DateTime<Utc>,
    stop: &watch::Receiver<bool>,
) -> Result<()> {
    let ended = now.date_naive().checked_sub_days(DAYS_AFTER_END).unwrap_or(NaiveDate::MIN);
    let mut after: TenantRow = (Uuid::nil(), Uuid::nil());
    loop {
        let plans = live_rows::<Plan>(db, tenant, ("end_date", ended), (after, PLANS_PER_PAGE)).await?;
        let Some(last) = plans.last() else { return Ok(()) };
        after = *last;
        for (tenant, plan) in plans {
            if *stop.borrow() {
                return Ok(());
            }
            let booked = write(db, tenant, SUBJECT, |tx| Box::pin(recurring_service::book_visits(tx, plan, now))).await;
            match booked {
                Ok(()) => {}
                // Another server books the same plan, or a mutation writes it and books its visits itself.
                Err(error @ (Error::Busy | Error::LostRace(_))) => {
                    tracing::debug!(%tenant, %plan, "the visits of a recurring service are booked by others: {error:?}");
                }
                Err(error) => {
                    tracing::warn!(%tenant, %plan, "the visits of a recurring service could not be booked: {error:?}");
                }
            }
        }
    }
}
