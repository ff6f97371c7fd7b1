//! Cascade Climate & Rental: a service and rental company in the Northwest, with households, property managers and shops.

use chrono_tz::America::Los_Angeles;
use domain::{
    custom_field::{Draft, NewField, ValueInput},
    value::{Decimal, FieldUpdate},
};
use entity::{
    custom_field_definition::{FieldType as Type, OwnerType},
    customer::CustomerType,
    customer_asset::Relationship,
    rate::RateType,
};

use super::{
    calendar::Calendar,
    company::{Cargo, City, Company, Equipment, Job, Tariff},
    custom_field::{define_field, dropdown_options, field_value},
    pick::Pick,
};

/// The company.
pub const COMPANY: Company = Company {
    slug: "cascade",
    name: "Cascade Climate & Rental",
    industry: "SERVICE",
    time_zone: Los_Angeles,
    customer_types: &[
        CustomerType::Residential,
        CustomerType::Residential,
        CustomerType::Commercial,
        CustomerType::PropertyManager,
    ],
    customer_name,
    industries: &["housing", "hospitality", "health", "brewing", "retail"],
    tags: &["service-plan", "vip", "rental", "slow-payer"],
    notes: &["Dog in the yard.", "Key under the mat.", "Ring twice.", "Gate code 4711."],
    first_contact_roles: &["Owner"],
    contact_roles: &["Tenant", "Janitor", "Office manager", "Night porter"],
    cities: CITIES,
    instructions: &["Park in the alley.", "Roof access by the back stairs.", "Fetch the meter key."],
    equipment: EQUIPMENT,
    jobs: JOBS,
    cargo: CARGO,
    tariffs: TARIFFS,
    loads_per_ten_customers: 10,
    services_per_ten_customers: 35,
    custom_fields,
    custom_field_values,
};

fn customer_name(pick: &mut Pick, customer_type: CustomerType, person: &str, _: u32) -> String {
    match customer_type {
        CustomerType::Residential => person.to_owned(),
        CustomerType::PropertyManager => format!("{} Property Management", pick.one(NAMES)),
        _ => format!("{} {}", pick.one(NAMES), pick.one(&["Bakery", "Dental", "Brewing", "Cold Storage", "Hotel"])),
    }
}

fn custom_fields() -> Vec<(NewField, Draft)> {
    let score = Draft {
        minimum: FieldUpdate::Set(Decimal(0)),
        maximum: FieldUpdate::Set(Decimal(100_000_000)),
        integer: FieldUpdate::Set(true),
        ..Draft::default()
    };
    let dollars = Draft { currency: FieldUpdate::Set("USD".to_owned()), ..Draft::default() };
    let sensitive = Draft { sensitive: FieldUpdate::Set(true), ..Draft::default() };
    let levels = [("bronze", "Bronze"), ("silver", "Silver"), ("gold", "Gold")];
    vec![
        define_field(OwnerType::Customer, "creditScore", Type::Number, "Credit score", score),
        define_field(OwnerType::Customer, "serviceLevel", Type::Dropdown, "Service level", dropdown_options(&levels)),
        define_field(OwnerType::Customer, "contractValue", Type::Monetary, "Contract value per year", dollars),
        define_field(OwnerType::Customer, "alarmCode", Type::String, "Alarm code", sensitive),
        define_field(OwnerType::Asset, "filterSize", Type::String, "Filter size", Draft::default()),
        define_field(OwnerType::ServiceRecord, "permit", Type::Boolean, "Needs a permit", Draft::default()),
    ]
}

fn custom_field_values(pick: &mut Pick, _: &Calendar, owner_type: OwnerType) -> Vec<ValueInput> {
    match owner_type {
        OwnerType::Customer => {
            let mut values = vec![field_value("serviceLevel", pick.one(&["bronze", "bronze", "silver", "gold"]))];
            if pick.percent(85) {
                values.push(field_value("creditScore", pick.number(20, 100)));
            }
            if pick.percent(50) {
                let amount = (pick.number(4, 120) * 50).to_string();
                values.push(field_value("contractValue", serde_json::json!({ "amount": amount, "currency": "USD" })));
            }
            if pick.percent(30) {
                values.push(field_value("alarmCode", format!("{:04}", pick.number(0, 9_999))));
            }
            values
        }
        OwnerType::Asset => vec![field_value("filterSize", pick.one(&["16x20x1", "16x25x4", "20x20x1", "none"]))],
        OwnerType::ServiceRecord => vec![field_value("permit", pick.percent(15))],
        _ => Vec::new(),
    }
}

const NAMES: &[&str] = &[
    "Alder",
    "Baker Street",
    "Cascade View",
    "Deschutes",
    "Evergreen",
    "Fremont",
    "Hawthorne",
    "Juniper",
    "Kelso",
    "Larch",
    "Mill Creek",
    "Northshore",
    "Olympic",
    "Pearl",
    "Rainier",
    "Skagit",
    "Tualatin",
    "Umpqua",
    "Willamette",
];
const CITIES: &[City] = &[
    City { name: "Portland", state: "OR", zip_code: "97209", zone: Los_Angeles, coordinates: [-122.6765, 45.5231] },
    City { name: "Seattle", state: "WA", zip_code: "98103", zone: Los_Angeles, coordinates: [-122.3321, 47.6062] },
    City { name: "Tacoma", state: "WA", zip_code: "98402", zone: Los_Angeles, coordinates: [-122.4443, 47.2529] },
    City { name: "Eugene", state: "OR", zip_code: "97401", zone: Los_Angeles, coordinates: [-123.0868, 44.0521] },
    City { name: "Bend", state: "OR", zip_code: "97701", zone: Los_Angeles, coordinates: [-121.3153, 44.0582] },
    City { name: "Olympia", state: "WA", zip_code: "98501", zone: Los_Angeles, coordinates: [-122.9007, 47.0379] },
];
const EQUIPMENT: &[Equipment] = &[
    Equipment {
        name: "Gas furnace",
        category: "Heating",
        make: "Lennox",
        model: "SLP99V",
        meter_unit: "H",
        meter_per_day: 4,
        relationships: &[Relationship::Owned, Relationship::UnderService],
    },
    Equipment {
        name: "Heat pump",
        category: "Heating",
        make: "Daikin",
        model: "Aurora",
        meter_unit: "H",
        meter_per_day: 6,
        relationships: &[Relationship::Owned, Relationship::UnderService],
    },
    Equipment {
        name: "Rooftop unit",
        category: "Cooling",
        make: "Trane",
        model: "Precedent",
        meter_unit: "H",
        meter_per_day: 6,
        relationships: &[Relationship::Owned, Relationship::UnderService],
    },
    Equipment {
        name: "Walk-in cooler",
        category: "Cooling",
        make: "Kolpak",
        model: "QS7",
        meter_unit: "H",
        meter_per_day: 8,
        relationships: &[Relationship::Owned, Relationship::UnderService],
    },
    Equipment {
        name: "Diesel generator 60 kW",
        category: "Power",
        make: "Generac",
        model: "MDG75",
        meter_unit: "H",
        meter_per_day: 2,
        relationships: &[Relationship::Rented],
    },
    Equipment {
        name: "Scissor lift 26 ft",
        category: "Access",
        make: "Genie",
        model: "GS-2646",
        meter_unit: "H",
        meter_per_day: 1,
        relationships: &[Relationship::Rented],
    },
];
const JOBS: &[Job] = &[
    Job {
        equipment: &["Gas furnace", "Heat pump", "Rooftop unit"],
        is_repair: false,
        service_type: "HVAC maintenance",
        summary: "Yearly maintenance",
        notes: "Filter changed, burner cleaned, CO under 5 ppm.",
        part: ("FILTER-16-25-4", "Air filter 16x25x4", "31.9"),
    },
    Job {
        equipment: &["Gas furnace", "Heat pump"],
        is_repair: true,
        service_type: "No heat",
        summary: "Unit does not start",
        notes: "Igniter cracked; replaced and tested three starts.",
        part: ("IGN-41-402", "Hot surface igniter", "58"),
    },
    Job {
        equipment: &["Heat pump", "Rooftop unit", "Walk-in cooler"],
        is_repair: true,
        service_type: "Refrigerant leak",
        summary: "Cooling is weak",
        notes: "Flare nut resealed, charge weighed in.",
        part: ("R410A-LB", "Refrigerant R-410A, pound", "27.4"),
    },
    Job {
        equipment: &["Diesel generator 60 kW"],
        is_repair: false,
        service_type: "Generator service",
        summary: "250 hour service",
        notes: "Oil and both filters. Load bank at 80 % for 30 minutes.",
        part: ("OIL-15W40-4L", "Engine oil 15W-40, 4 l", "22.75"),
    },
    Job {
        equipment: &["Scissor lift 26 ft"],
        is_repair: false,
        service_type: "Lift inspection",
        summary: "Yearly inspection",
        notes: "Pothole guards, tilt sensor and emergency lowering tested.",
        part: ("BATT-6V-225", "Deep cycle battery 6 V", "189"),
    },
];
const CARGO: &[Cargo] = &[
    Cargo { commodity: "Rental generator", trailer: "Lowboy", temperature: None, hazmat: false },
    Cargo { commodity: "Scissor lifts", trailer: "Flatbed", temperature: None, hazmat: false },
    Cargo { commodity: "Rooftop units", trailer: "Flatbed", temperature: None, hazmat: false },
    Cargo { commodity: "Refrigerant cylinders", trailer: "Box truck", temperature: None, hazmat: true },
];

const TARIFFS: &[Tariff] = &[
    Tariff { minimum: Some(95), ..Tariff::new("Labour", RateType::PerHour, 128_500_000) },
    Tariff { minimum: Some(180), ..Tariff::new("Haulage of equipment", RateType::PerMile, 3_125_000) },
    Tariff {
        service_type: Some("HVAC maintenance"),
        ..Tariff::new("Yearly maintenance", RateType::PerService, 189_000_000)
    },
    Tariff {
        weeks: Some(4),
        months: Some(11),
        equipment_category: Some("Power"),
        ..Tariff::new("Generator rental", RateType::PerDay, 240_000_000)
    },
    Tariff {
        weeks: Some(4),
        months: Some(10),
        equipment_category: Some("Access"),
        ..Tariff::new("Lift rental", RateType::PerDay, 145_000_000)
    },
];
