//! Cascade Climate & Rental: a service and rental company in the Northwest, with households, property managers and shops.

use domain::{
    custom_field::{Draft, NewField, ValueInput},
    value::{Decimal, FieldUpdate},
};
use entity::{
    custom_field_definition::{FieldType as Type, Owner},
    customer::CustomerType,
    customer_asset::Relationship,
};

use super::{
    Company, Pick,
    company::{Cargo, Equipment, Job, Place},
    custom_field::{field, given, options},
};

/// The company.
pub const COMPANY: Company = Company {
    slug: "cascade",
    name: "Cascade Climate & Rental",
    industry: "SERVICE",
    time_zone: "America/Los_Angeles",
    customer_types: &[
        CustomerType::Residential,
        CustomerType::Residential,
        CustomerType::Commercial,
        CustomerType::PropertyManager,
    ],
    called,
    industries: &["housing", "hospitality", "health", "brewing", "retail"],
    tags: &["service-plan", "vip", "rental", "slow-payer"],
    notes: &["Dog in the yard.", "Key under the mat.", "Ring twice.", "Gate code 4711."],
    first_role: &["Owner"],
    roles: &["Tenant", "Janitor", "Office manager", "Night porter"],
    places: PLACES,
    instructions: &["Park in the alley.", "Roof access by the back stairs.", "Ask for the meter key."],
    equipment: EQUIPMENT,
    terms: &[Relationship::Owned, Relationship::Owned, Relationship::UnderService, Relationship::Rented],
    jobs: JOBS,
    cargo: CARGO,
    shares: (10, 35),
    fields,
    values,
};

fn called(pick: &mut Pick, customer_type: CustomerType, person: &str, _: u32) -> String {
    match customer_type {
        CustomerType::Residential => person.to_owned(),
        CustomerType::PropertyManager => format!("{} Property Management", pick.one(NAMES)),
        _ => format!("{} {}", pick.one(NAMES), pick.one(&["Bakery", "Dental", "Brewing", "Cold Storage", "Hotel"])),
    }
}

fn fields() -> Vec<(NewField, Draft)> {
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
        field(Owner::Customer, "creditScore", Type::Number, "Credit score", score),
        field(Owner::Customer, "serviceLevel", Type::Dropdown, "Service level", options(&levels)),
        field(Owner::Customer, "contractValue", Type::Monetary, "Contract value per year", dollars),
        field(Owner::Customer, "alarmCode", Type::String, "Alarm code", sensitive),
        field(Owner::Asset, "filterSize", Type::String, "Filter size", Draft::default()),
        field(Owner::ServiceRecord, "permit", Type::Boolean, "Needs a permit", Draft::default()),
    ]
}

fn values(pick: &mut Pick, entity: Owner) -> Vec<ValueInput> {
    match entity {
        Owner::Customer => {
            let mut values = vec![given("serviceLevel", pick.one(&["bronze", "bronze", "silver", "gold"]))];
            if pick.percent(85) {
                values.push(given("creditScore", pick.number(20, 100)));
            }
            if pick.percent(50) {
                let amount = (pick.number(4, 120) * 50).to_string();
                values.push(given("contractValue", serde_json::json!({ "amount": amount, "currency": "USD" })));
            }
            if pick.percent(30) {
                values.push(given("alarmCode", format!("{:04}", pick.number(0, 9_999))));
            }
            values
        }
        Owner::Asset => vec![given("filterSize", pick.one(&["16x20x1", "16x25x4", "20x20x1", "none"]))],
        Owner::ServiceRecord => vec![given("permit", pick.percent(15))],
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
const PLACES: &[Place] = &[
    Place { city: "Portland", state: "OR", zip: "97209", at: [-122.6765, 45.5231] },
    Place { city: "Seattle", state: "WA", zip: "98103", at: [-122.3321, 47.6062] },
    Place { city: "Tacoma", state: "WA", zip: "98402", at: [-122.4443, 47.2529] },
    Place { city: "Eugene", state: "OR", zip: "97401", at: [-123.0868, 44.0521] },
    Place { city: "Bend", state: "OR", zip: "97701", at: [-121.3153, 44.0582] },
    Place { city: "Olympia", state: "WA", zip: "98501", at: [-122.9007, 47.0379] },
];
const EQUIPMENT: &[Equipment] = &[
    Equipment { name: "Gas furnace", category: "Heating", make: "Lennox", model: "SLP99V", meter: "H" },
    Equipment { name: "Heat pump", category: "Heating", make: "Daikin", model: "Aurora", meter: "H" },
    Equipment { name: "Rooftop unit", category: "Cooling", make: "Trane", model: "Precedent", meter: "H" },
    Equipment { name: "Walk-in cooler", category: "Cooling", make: "Kolpak", model: "QS7", meter: "H" },
    Equipment { name: "Diesel generator 60 kW", category: "Power", make: "Generac", model: "MDG75", meter: "H" },
    Equipment { name: "Scissor lift 26 ft", category: "Access", make: "Genie", model: "GS-2646", meter: "H" },
];
const JOBS: &[Job] = &[
    Job {
        service_type: "HVAC maintenance",
        summary: "Yearly maintenance",
        notes: "Filter changed, burner cleaned, CO under 5 ppm.",
        part: ("FILTER-16-25-4", "Air filter 16x25x4", "31.9"),
    },
    Job {
        service_type: "No heat",
        summary: "Unit does not start",
        notes: "Igniter cracked; replaced and tested three starts.",
        part: ("IGN-41-402", "Hot surface igniter", "58"),
    },
    Job {
        service_type: "Refrigerant leak",
        summary: "Cooling is weak",
        notes: "Flare nut resealed, charge weighed in.",
        part: ("R410A-LB", "Refrigerant R-410A, pound", "27.4"),
    },
    Job {
        service_type: "Generator service",
        summary: "250 hour service",
        notes: "Oil and both filters. Load bank at 80 % for 30 minutes.",
        part: ("OIL-15W40-4L", "Engine oil 15W-40, 4 l", "22.75"),
    },
];
const CARGO: &[Cargo] = &[
    Cargo { commodity: "Rental generator", trailer: "Lowboy", temperature: None, hazmat: false },
    Cargo { commodity: "Scissor lifts", trailer: "Flatbed", temperature: None, hazmat: false },
    Cargo { commodity: "Rooftop units", trailer: "Flatbed", temperature: None, hazmat: false },
    Cargo { commodity: "Refrigerant cylinders", trailer: "Box truck", temperature: None, hazmat: true },
];
