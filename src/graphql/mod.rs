//! The API: one GraphQL schema over the rows, where a field is a method and its doc comment is its public description.
//!
//! The module of an entity has its type, edges, filter, order, queries, inputs and mutations, in that order. The
//! modules beside them are shared by all entities: `node`, `edges`, `list`, `connection`, `filter`, `order`, `mutation`, `scalar`.

mod address;
mod aggregate;
mod analytics;
mod asset;
mod breadth_first;
mod change;
mod change_image;
mod child_rows;
mod common_fields;
mod conform;
mod connection;
mod contact;
pub mod context;
pub mod cost;
mod cursor;
mod custom_field;
mod customer;
mod customer_asset;
mod document;
mod edges;
mod entity_object;
mod equipment_schedule;
mod error;
pub mod execution;
mod filter;
mod introspection_budget;
#[cfg(test)]
mod library_differences;
pub mod limit;
mod list;
mod load;
mod meter_reading;
mod mutation;
mod node;
pub mod operation;
mod order;
mod output_list;
mod rate;
pub mod rate_limit;
mod recurring_service;
mod row_size;
pub mod scalar;
mod service_record;
mod tenant;
mod types;
mod unit;
mod viewer;
mod weekday;

use async_graphql::{EmptySubscription, MergedObject, SDLExportOptions, ValidationMode};

pub use self::{conform::ResponseShape, context::Request, error::explain, types::SchemaTypes};
pub use self::{document::FILES_PATH, mutation::user_error_json};
use self::{limit::Limits, operation::DocumentValidator};

/// The queries of the API.
#[derive(Default, MergedObject)]
pub struct Query(
    viewer::ViewerQuery,
    node::NodeQuery,
    customer::CustomerQuery,
    address::AddressQuery,
    contact::ContactQuery,
    change::ChangeQuery,
    custom_field::CustomFieldQuery,
    load::LoadQuery,
    asset::AssetQuery,
    customer_asset::CustomerAssetQuery,
    service_record::ServiceRecordQuery,
    recurring_service::RecurringServiceQuery,
    rate::RateQuery,
    analytics::AnalyticsQuery,
    meter_reading::MeterReadingQuery,
    equipment_schedule::EquipmentScheduleQuery,
    document::DocumentQuery,
);

/// The mutations of the API. The mutations of one request run one after the other, each in a transaction of its own. One that
/// fails with an error is null, and the results of the others stay beside the error.
#[derive(Default, MergedObject)]
pub struct Mutation(
    customer::CustomerMutation,
    address::AddressMutation,
    contact::ContactMutation,
    custom_field::CustomFieldMutation,
    load::LoadMutation,
    load::LoadRatingMutation,
    load::LoadStepMutation,
    asset::AssetMutation,
    customer_asset::CustomerAssetMutation,
    service_record::ServiceRecordMutation,
    recurring_service::RecurringServiceMutation,
    recurring_service::RecurringServiceStepMutation,
    rate::RateMutation,
    meter_reading::MeterReadingMutation,
    equipment_schedule::EquipmentScheduleMutation,
    document::DocumentMutation,
    tenant::TenantMutation,
);

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// Builds the schema.
pub fn schema() -> Schema {
    // The operation is validated before, by the specification.
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .validation_mode(ValidationMode::Fast)
        .finish()
}

/// Builds the same schema for operations with introspection, which lets other tasks run.
pub fn introspection_schema() -> Schema {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .validation_mode(ValidationMode::Fast)
        .extension(introspection_budget::IntrospectionBudget)
        .finish()
}

/// The validator of documents of a schema, within limits.
pub fn validator(schema: &Schema, limits: &Limits) -> DocumentValidator {
    DocumentValidator::new(&text(schema), limits.clone())
}

/// The schema in the schema definition language.
pub fn sdl() -> String {
    text(&schema())
}

/// A schema in the schema definition language, with the specifications of its scalars and the costs of its fields.
pub fn text(schema: &Schema) -> String {
    cost::annotate(&schema.sdl_with_options(SDLExportOptions::new().include_specified_by()))
}
