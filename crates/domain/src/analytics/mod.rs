//! Analytics: figures of a customer's or of all work in a period. This file says which rows each figure reads and at which
//! time a row counts; `figure` computes the figures of the groups that were read.
//!
//! Cancelled work and deleted rows never count.

mod figure;
pub mod period;
pub mod statistics;
pub mod utilization;

use chrono::{DateTime, Utc};
use entity::{asset, customer_asset, load, load_status, load_stop, service_record};
use sea_orm::{ActiveEnum, IdenStatic, sea_query::ArrayType};
use store::{
    Filter, Predicate, edge,
    rollup::{Join, Key, Operand, Rollup},
    table::enum_text,
};

pub use self::figure::{LoadCounts, Money, OnTime, ResponseTimes, Services, Stop, fleet, revenue};
use super::asset as assets;

/// What is read for some of the figures, with one statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Completed service records, at `completedAt`, or at `serviceDate` without one. Values: currency, score.
    CompletedServices,
    /// Service records that were started and are not cancelled, at `startedAt`. Values: `requestedAt`, `startedAt`.
    StartedServices,
    /// Loads, at the scheduled pickup, or at their creation without one. Value: status.
    Loads,
    /// Loads that are invoiced or paid, at their last invoice. Value: currency.
    InvoicedLoads,
    /// Stops of loads that are not cancelled, at the arrival. Values: type, whether the arrival was on time.
    Stops,
    /// Rentals and leases, at their beginning, whenever that is. Values: asset, its install date and status, the rental moved
    /// into the time that is read.
    Rentals,
}

impl Source {
    /// The name by which a field distinguishes its reads.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CompletedServices => "completedServices",
            Self::StartedServices => "responseTime",
            Self::Loads => "loads",
            Self::InvoicedLoads => "revenue",
            Self::Stops => "stops",
            Self::Rentals => "rentals",
        }
    }

    /// The rollup of the rows, with the edges of the buckets.
    pub fn rollup(self, edges: Vec<DateTime<Utc>>) -> Rollup {
        match self {
            Self::CompletedServices => Rollup {
                edge: &edge::CUSTOMER_SERVICES,
                filter: has_status(service_record::Column::Status, &service_record::Status::Completed),
                join: None,
                at: vec![row(service_record::Column::CompletedAt), row(service_record::Column::ServiceDate)],
                edges,
                keys: vec![
                    Key::Column(row(service_record::Column::ChargeCurrency), ArrayType::String),
                    Key::Column(row(service_record::Column::SatisfactionScore), ArrayType::Int),
                ],
                sum: Some(row(service_record::Column::ChargeAmount)),
            },
            Self::StartedServices => Rollup {
                edge: &edge::CUSTOMER_SERVICES,
                filter: is_not(service_record::Column::Status, &service_record::Status::Cancelled),
                join: None,
                at: vec![row(service_record::Column::StartedAt)],
                edges,
                keys: [service_record::Column::RequestedAt, service_record::Column::StartedAt]
                    .map(|column| Key::Column(row(column), ArrayType::ChronoDateTimeUtc))
                    .into(),
                sum: None,
            },
            Self::Loads => Rollup {
                edge: &edge::CUSTOMER_LOADS,
                filter: Filter::All(Vec::new()),
                join: None,
                at: vec![row(load::Column::ScheduledPickup), row(load::Column::CreatedAt)],
                edges,
                keys: vec![Key::Column(row(load::Column::Status), ArrayType::String)],
                sum: None,
            },
            Self::InvoicedLoads => Rollup {
                edge: &edge::CUSTOMER_LOADS,
                filter: Filter::Any(vec![
                    has_status(load::Column::Status, &load::Status::Invoiced),
                    has_status(load::Column::Status, &load::Status::Paid),
                ]),
                join: Some(Join {
                    edge: &edge::LOAD_HISTORY,
                    filter: is(load_status::Column::ToStatus, &load::Status::Invoiced),
                    last: true,
                }),
                at: vec![joined(load_status::Column::At)],
                edges,
                keys: vec![Key::Column(row(load::Column::ChargeCurrency), ArrayType::String)],
                sum: Some(row(load::Column::ChargeAmount)),
            },
            Self::Stops => Rollup {
                edge: &edge::CUSTOMER_LOADS,
                filter: is_not(load::Column::Status, &load::Status::Cancelled),
                join: Some(Join {
                    edge: &edge::LOAD_STOPS,
                    filter: is_not(load_stop::Column::StopType, &load_stop::StopType::Other),
                    last: false,
                }),
                at: vec![joined(load_stop::Column::ArrivedAt)],
                edges,
                keys: vec![
                    Key::Column(joined(load_stop::Column::StopType), ArrayType::String),
                    Key::NotAfter(joined(load_stop::Column::ArrivedAt), joined(load_stop::Column::WindowEnd)),
                ],
                sum: None,
            },
            Self::Rentals => rentals(edges),
        }
    }
}

fn rentals(edges: Vec<DateTime<Utc>>) -> Rollup {
    let time = match edges[..] {
        [first, .., last] => [first, last],
        _ => [DateTime::UNIX_EPOCH; 2],
    };
    let within = |column| Key::Within(row(column), time);
    Rollup {
        edge: &edge::CUSTOMER_ASSETS,
        filter: assets::on_rent_or_lease(),
        join: Some(Join { edge: &edge::CUSTOMER_ASSET_ASSET, filter: Filter::All(Vec::new()), last: false }),
        at: Vec::new(),
        edges,
        keys: vec![
            Key::Column(row(customer_asset::Column::AssetId), ArrayType::Uuid),
            Key::Column(joined(asset::Column::InstallDate), ArrayType::ChronoDate),
            Key::Column(joined(asset::Column::Status), ArrayType::String),
            within(customer_asset::Column::StartsAt),
            within(customer_asset::Column::ReturnedAt),
        ],
        sum: None,
    }
}

fn row(column: impl IdenStatic) -> Operand {
    Operand::Row(column.as_str())
}

fn joined(column: impl IdenStatic) -> Operand {
    Operand::Joined(column.as_str())
}

fn is<T: ActiveEnum<Value = String>>(column: impl IdenStatic, value: &T) -> Filter {
    Filter::Column(column.as_str(), Predicate::Eq(enum_text(value).into()))
}

/// Rows of a status. Written so that no index serves it: most rows of a tenant have the status, and SQLite prefers the index to
/// the one that finds the rows of a customer.
fn has_status<T: ActiveEnum<Value = String>>(column: impl IdenStatic, status: &T) -> Filter {
    Filter::Not(Box::new(is_not(column, status)))
}

fn is_not<T: ActiveEnum<Value = String>>(column: impl IdenStatic, value: &T) -> Filter {
    Filter::Column(column.as_str(), Predicate::Neq(enum_text(value).into()))
}
