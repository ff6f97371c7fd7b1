//! The entities, one for each table of `sql/schema.sql`.

/// An entity: its columns beside those of every table, and its edges, each with the attributes of SeaORM's two derives.
macro_rules! entity {
    ($name:ident, $table:literal, { $($column:ident: $type:ty,)* }, { $($edge:ident: ($($relation:tt)*), ($($related:tt)*),)* }) => {
        pub mod $name {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: Uuid,
                pub tenant_id: Uuid,
                $(pub $column: $type,)*
                pub created_at: DateTimeWithTimeZone,
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {
                $(#[sea_orm($($relation)*)] $edge,)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelatedEntity)]
            pub enum RelatedEntity {
                $(#[sea_orm($($related)*)] $edge,)*
            }

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

/// The edges whose other side is a list.
macro_rules! related {
    ($($name:ident -> $other:ident by $edge:ident,)*) => {
        $(impl sea_orm::Related<$other::Entity> for $name::Entity {
            fn to() -> sea_orm::RelationDef {
                sea_orm::RelationTrait::def(&$name::Relation::$edge)
            }
        })*
    };
}

entity!(customer, "customer", {
    name: String,
    email: String,
    phone: String,
    status: String,
    notes: Option<String>,
}, {
    Contact: (has_many = "super::contact::Entity"),
        (entity = "super::contact::Entity", def = "Relation::Contact.def()"),
    CustomerAsset: (has_many = "super::customer_asset::Entity"),
        (entity = "super::customer_asset::Entity", def = "Relation::CustomerAsset.def()"),
    Load: (has_many = "super::load::Entity"),
        (entity = "super::load::Entity", def = "Relation::Load.def()"),
    CustomFieldValue: (has_many = "super::custom_field_value::Entity"),
        (entity = "super::custom_field_value::Entity", def = "Relation::CustomFieldValue.def()"),
});

entity!(address, "address", {
    customer_id: Uuid,
    street: String,
    city: String,
    state: String,
    zip_code: String,
}, {
    Customer: (belongs_to = "super::customer::Entity", from = "Column::CustomerId", to = "super::customer::Column::Id"),
        (entity = "super::customer::Entity", def = "Relation::Customer.def()"),
});

entity!(contact, "contact", {
    customer_id: Uuid,
    name: String,
    email: String,
    phone: Option<String>,
}, {
    Customer: (belongs_to = "super::customer::Entity", from = "Column::CustomerId", to = "super::customer::Column::Id"),
        (entity = "super::customer::Entity", def = "Relation::Customer.def()"),
});

entity!(asset, "asset", {
    name: String,
    serial_number: String,
    category: String,
}, {
    ServiceRecord: (has_many = "super::service_record::Entity"),
        (entity = "super::service_record::Entity", def = "Relation::ServiceRecord.def()"),
});

entity!(customer_asset, "customer_asset", {
    customer_id: Uuid,
    asset_id: Uuid,
}, {
    Customer: (belongs_to = "super::customer::Entity", from = "Column::CustomerId", to = "super::customer::Column::Id"),
        (entity = "super::customer::Entity", def = "Relation::Customer.def()"),
    Asset: (belongs_to = "super::asset::Entity", from = "Column::AssetId", to = "super::asset::Column::Id"),
        (entity = "super::asset::Entity", def = "Relation::Asset.def()"),
});

entity!(service_record, "service_record", {
    customer_id: Uuid,
    asset_id: Uuid,
    technician: String,
    service_date: Date,
    notes: String,
}, {
    Asset: (belongs_to = "super::asset::Entity", from = "Column::AssetId", to = "super::asset::Column::Id"),
        (entity = "super::asset::Entity", def = "Relation::Asset.def()"),
});

entity!(load, "load", {
    customer_id: Uuid,
    pickup_address_id: Uuid,
    delivery_address_id: Uuid,
    weight: i32,
    commodity: String,
    value: f64,
    status: String,
    scheduled_pickup: DateTimeWithTimeZone,
}, {
    Pickup: (belongs_to = "super::address::Entity", from = "Column::PickupAddressId", to = "super::address::Column::Id"),
        (entity = "super::address::Entity", def = "Relation::Pickup.def()"),
    Delivery: (belongs_to = "super::address::Entity", from = "Column::DeliveryAddressId", to = "super::address::Column::Id"),
        (entity = "super::address::Entity", def = "Relation::Delivery.def()"),
    Customer: (belongs_to = "super::customer::Entity", from = "Column::CustomerId", to = "super::customer::Column::Id"),
        (entity = "super::customer::Entity", def = "Relation::Customer.def()"),
    LoadStop: (has_many = "super::load_stop::Entity"),
        (entity = "super::load_stop::Entity", def = "Relation::LoadStop.def()"),
});

entity!(load_stop, "load_stop", {
    load_id: Uuid,
    address_id: Uuid,
    r#type: String,
}, {
    Load: (belongs_to = "super::load::Entity", from = "Column::LoadId", to = "super::load::Column::Id"),
        (entity = "super::load::Entity", def = "Relation::Load.def()"),
    Address: (belongs_to = "super::address::Entity", from = "Column::AddressId", to = "super::address::Column::Id"),
        (entity = "super::address::Entity", def = "Relation::Address.def()"),
});

entity!(custom_field_definition, "custom_field_definition", {
    name: String,
}, {
    CustomFieldValue: (has_many = "super::custom_field_value::Entity"),
        (entity = "super::custom_field_value::Entity", def = "Relation::CustomFieldValue.def()"),
});

entity!(custom_field_value, "custom_field_value", {
    definition_id: Uuid,
    customer_id: Uuid,
    value: String,
    number: Option<f64>,
}, {
    Definition: (belongs_to = "super::custom_field_definition::Entity", from = "Column::DefinitionId", to = "super::custom_field_definition::Column::Id"),
        (entity = "super::custom_field_definition::Entity", def = "Relation::Definition.def()"),
    Customer: (belongs_to = "super::customer::Entity", from = "Column::CustomerId", to = "super::customer::Column::Id"),
        (entity = "super::customer::Entity", def = "Relation::Customer.def()"),
});

related! {
    contact -> customer by Customer,
    customer_asset -> customer by Customer,
    load -> customer by Customer,
    custom_field_value -> customer by Customer,
    service_record -> asset by Asset,
    load_stop -> load by Load,
    custom_field_value -> custom_field_definition by Definition,
}
