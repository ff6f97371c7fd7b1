//! The mutations of meter readings: input, payload and field.

use access::Action;
use async_graphql::InputObject;
use domain::meter_reading as rules;

use super::{MeterReading, MeterReadingSource};
use crate::graphql::{
    mutation::{IdempotencyInput, mutations},
    scalar::{DateTime, Decimal, Ref},
};

/// An exchange of a meter.
#[derive(Clone, Debug, InputObject)]
pub struct MeterExchangeInput {
    /// The last value of the old meter; not negative, and not below the reading before it.
    old_value: Decimal,
    /// The first value of the new meter; not negative.
    new_value: Decimal,
}

/// A new meter reading.
#[derive(Clone, Debug, InputObject)]
pub struct MeterReadingCreateInput {
    /// The equipment: a customer asset or an asset. The reading is one of the asset.
    equipment: Ref,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    /// The value on the meter; not negative. Required without `exchange`; with it, it defaults to `newValue`.
    value: Option<Decimal>,
    /// The unit of the meter, as the asset has it; at most 200 characters. Defaults to that of the asset; another one is
    /// refused. The first reading of an asset without a unit gives it one.
    unit: Option<String>,
    /// When the meter was read; not in the future. Defaults to now.
    at: Option<DateTime>,
    /// Who or what read the meter.
    #[graphql(default_with = "MeterReadingSource::Manual")]
    source: MeterReadingSource,
    /// Whether the value may be below that of the reading before it, because the meter was turned back or that reading was
    /// wrong. The running total follows it.
    #[graphql(default)]
    rollback: bool,
    /// The exchange of the meter just before it was read: the running total goes on. Refused where a later reading is known.
    exchange: Option<MeterExchangeInput>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

mutations! {
    /// The mutations of meter readings.
    MeterReadingMutation of meter_reading: MeterReading;

    /// Adds a meter reading of an asset. It is held against its neighbours in time, whenever it is entered: one that is below
    /// the reading before it, or above the one after it, fails with OUT_OF_RANGE. The meter of the asset becomes the newest
    /// reading by its time. Requires `meter:write`.
    meter_reading_create as "meterReadingCreate", meter_reading_create_many
        (MeterReadingCreateInput: "The meter reading to add.") -> MeterReadingCreatePayload
        requires Action::MeterWrite => |tx, input| {
            let draft = rules::Draft {
                external_reference: input.external_reference,
                value: input.value.map(|value| value.0),
                unit: input.unit,
                at: input.at.map(|at| at.0),
                source: input.source.into(),
                rollback: input.rollback,
                exchange: input.exchange.map(|exchange| (exchange.old_value.0, exchange.new_value.0)),
            };
            rules::create(tx, &input.equipment.0, draft).await
        };
}
