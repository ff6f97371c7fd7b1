//! The mutation that gives loads the charges of their rate.

use access::Action;
use async_graphql::InputObject;
use domain::{
    load::{self as rules, Draft},
    rate::rating::Rating,
};

use super::Load;
use crate::graphql::{
    mutation::{IdempotencyInput, mutations},
    rate::{RateQuantityInput, RequestedAccessorialInput},
    scalar::{DateTime, Decimal, Ref},
};

/// The load to rate, and what it does not say of itself.
#[derive(Clone, Debug, InputObject)]
pub struct LoadRateInput {
    /// The load.
    id: Ref,
    /// The version that the load must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// When the rate must be in force. Defaults to the scheduled pickup.
    at: Option<DateTime>,
    /// The type of service. Omitted: only rates for all services match.
    service_type: Option<String>,
    /// How much work there is. Defaults to the distance and the weight of the load.
    quantity: Option<RateQuantityInput>,
    /// The price of fuel, in the unit and currency of the rate's bands. Required where the rate has bands.
    fuel_price: Option<Decimal>,
    /// The accessorials that the load bears besides the automatic ones, and the quantities of both.
    accessorials: Option<Vec<RequestedAccessorialInput>>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

mutations! {
    /// The mutations of the rating of loads.
    LoadRatingMutation of load: Load;

    /// Gives a load the charges of its rate, as `rateFor` prices it. They replace the charges that came from a rate before; those
    /// that a client wrote stay. Fails for a load that is INVOICED, which keeps what it was invoiced with. Requires `load:write`
    /// and `rate:read`.
    load_rate as "loadRate", load_rate_many
        (LoadRateInput: "The load to rate.") -> LoadRatePayload
        requires Action::LoadWrite => |tx, input| {
            let time_zone = &tx.tenant().time_zone;
            let rating = Rating {
                at: input.at.map(|at| at.0),
                service_type: input.service_type,
                quantity: input.quantity.map(|quantity| quantity.read(time_zone)).transpose()?,
                fuel_price: input.fuel_price.map(|price| price.0),
                accessorials: RequestedAccessorialInput::list(input.accessorials),
            };
            let draft = Draft { rating: Some(rating), ..Draft::default() };
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };
}
