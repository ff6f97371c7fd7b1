//! Meter readings: what the meter of an asset showed, and when.

mod mutation;

use std::sync::Arc;

use async_graphql::{Enum, Object, SimpleObject};
use domain::value;
use entity::meter_reading;

pub use self::mutation::MeterReadingMutation;
use super::{
    asset::{Asset, AssetFilter},
    change::Change,
    edges::{edges, roots},
    entity_object::entity_object,
    filter::{BooleanFilter, DateTimeFilter, DecimalFilter, enum_filter, filter},
    order::order,
    scalar::{DateTime, Decimal},
};

/// Who or what read a meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "meter_reading::Source")]
pub enum MeterReadingSource {
    /// A person.
    Manual,
    /// A technician during a service.
    Service,
    /// The handover of the asset to a customer, or its return.
    Handover,
    /// A device in the machine.
    Telematics,
    /// Another system.
    Import,
}

enum_filter! { MeterReadingSourceFilter of MeterReadingSource as meter_reading::Source; }

entity_object! {
    /// What the meter of an asset showed at a time. Readings are added, and never changed: a wrong one is followed by the right
    /// one with `rollback: true`, or by one of the same time, which counts in its place. A customer asset has the readings of
    /// its asset.
    MeterReading of meter_reading: MeterReadingFields, MeterReadingEdges, MeterReadingFilter, MeterReadingOrder;
    "exchange" => [ExchangeOldValue, ExchangeNewValue],
}

/// The fields of a meter reading, besides the common ones.
pub struct MeterReadingFields(Arc<meter_reading::Model>);

/// An exchange of a meter.
#[derive(SimpleObject)]
pub struct MeterExchange {
    /// The last value of the old meter, in the unit of the meter.
    old_value: Decimal,
    /// The first value of the new meter, in the unit of the meter.
    new_value: Decimal,
}

#[Object]
impl MeterReadingFields {
    /// The value on the meter, in `unit`.
    async fn value(&self) -> Decimal {
        Decimal(value::Decimal(self.0.value))
    }

    /// The unit of the meter, as entered, for example `h` or `mi`. Null if unknown.
    async fn unit(&self) -> Option<&str> {
        self.0.unit.as_deref()
    }

    /// When the meter was read.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// Who or what read the meter.
    async fn source(&self) -> MeterReadingSource {
        self.0.source.into()
    }

    /// Whether the value may be below that of the reading before it, because the meter was turned back or that reading was
    /// wrong.
    async fn rollback(&self) -> bool {
        self.0.rollback
    }

    /// The exchange of the meter just before it was read. Null if there was none.
    async fn exchange(&self) -> Option<MeterExchange> {
        let (old, new) = self.0.exchange_old_value.zip(self.0.exchange_new_value)?;
        let decimal = |value| Decimal(value::Decimal(value));
        Some(MeterExchange { old_value: decimal(old), new_value: decimal(new) })
    }

    /// The running total over all meters that the asset has had, in `unit`: the value, as long as no meter was exchanged.
    /// Schedules count on it.
    async fn total(&self) -> Decimal {
        Decimal(value::Decimal(self.0.total))
    }
}

edges! {
    MeterReadingEdges of meter_reading;
    many {
        /// The changes to the meter reading, by default in the order of `sequence`. Requires `change:read`.
        changes: READING_CHANGES -> Change;
    }
    one {
        /// The asset.
        asset: READING_ASSET -> Asset;
    }
}

filter! {
    /// Conditions on meter readings. A record must meet all of them.
    MeterReadingFilter of meter_reading;
    columns {
        /// Value on the meter.
        value: DecimalFilter => Value,
        /// Time of the reading.
        at: DateTimeFilter => At,
        /// Who or what read the meter.
        source: MeterReadingSourceFilter => Source,
        /// Whether the meter may show less than before.
        rollback: BooleanFilter => Rollback,
        /// Running total over all meters of the asset.
        total: DecimalFilter => Total,
    }
    personal {}
    many {}
    one {
        /// Asset of the reading.
        asset: AssetFilter => READING_ASSET,
    }
}

order! {
    /// A field of meter readings to sort by.
    MeterReadingOrder of meter_reading;
    /// Time of the reading.
    At => At,
    /// Value on the meter.
    Value => Value,
    /// Running total over all meters of the asset.
    Total => Total,
    /// Who or what read the meter, alphabetically.
    Source => Source,
}

roots! {
    MeterReadingQuery:
    /// Finds a meter reading by its id or a reference. Null if there is none. Requires `asset:read`.
    meter_reading,
    /// Lists meter readings. Requires `asset:read`.
    meter_readings -> MeterReading
}
