//! Lonestar Freight: a trucking company in Texas, with shippers, consignees and brokers.

use chrono_tz::America::{Chicago, Denver};
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
    slug: "lonestar",
    name: "Lonestar Freight",
    industry: "TRUCKING",
    time_zone: Chicago,
    customer_types: &[
        CustomerType::Shipper,
        CustomerType::Shipper,
        CustomerType::Consignee,
        CustomerType::Consignee,
        CustomerType::Broker,
    ],
    customer_name,
    industries: &["metals", "food", "paper", "construction", "chemicals", "electronics", "agriculture"],
    tags: &["vip", "net30", "reefer", "drop-trailer"],
    notes: &["Call before the weekend.", "Docks 4 to 9 only.", "Wants a photo of the seal.", "Pays by the 10th."],
    first_contact_roles: &["Traffic manager", "Owner", "Shipping clerk"],
    contact_roles: &["Dock foreman", "Accounts payable", "Night guard", "Dispatcher"],
    cities: CITIES,
    instructions: &["Check in at the gate.", "Back in from the south.", "No idling.", "Straps, no chains."],
    equipment: EQUIPMENT,
    jobs: JOBS,
    cargo: CARGO,
    tariffs: TARIFFS,
    loads_per_ten_customers: 30,
    services_per_ten_customers: 15,
    custom_fields,
    custom_field_values,
};

fn customer_name(pick: &mut Pick, customer_type: CustomerType, _: &str, index: u32) -> String {
    let name = pick.one(NAMES);
    match customer_type {
        CustomerType::Broker => format!("{name} Logistics"),
        CustomerType::Consignee => format!("{name} Distribution Center {}", index + 1),
        _ => format!("{name} {}", pick.one(TRADES)),
    }
}

fn custom_fields() -> Vec<(NewField, Draft)> {
    let score = Draft {
        minimum: FieldUpdate::Set(Decimal(0)),
        maximum: FieldUpdate::Set(Decimal(100_000_000)),
        integer: FieldUpdate::Set(true),
        ..Draft::default()
    };
    let lanes = [("tx_triangle", "Texas triangle"), ("border", "Border"), ("southeast", "Southeast"), ("west", "West")];
    vec![
        define_field(OwnerType::Customer, "creditScore", Type::Number, "Credit score", score),
        define_field(OwnerType::Customer, "lane", Type::Dropdown, "Favourite lane", dropdown_options(&lanes)),
        define_field(OwnerType::Customer, "dockHours", Type::String, "Dock hours", Draft::default()),
        define_field(OwnerType::Asset, "lastInspection", Type::Date, "Last DOT inspection", Draft::default()),
        define_field(OwnerType::Load, "sealNumber", Type::String, "Seal number", Draft::default()),
        define_field(OwnerType::ServiceRecord, "roadside", Type::Boolean, "On the road", Draft::default()),
    ]
}

fn custom_field_values(pick: &mut Pick, calendar: &Calendar, owner_type: OwnerType) -> Vec<ValueInput> {
    match owner_type {
        OwnerType::Customer => {
            let mut values = vec![field_value("lane", pick.one(&["tx_triangle", "border", "southeast", "west"]))];
            if pick.percent(85) {
                values.push(field_value("creditScore", pick.number(20, 100)));
            }
            if pick.percent(60) {
                values.push(field_value("dockHours", pick.one(&["6am-2pm", "7am-5pm", "24 h"])));
            }
            values
        }
        OwnerType::Asset => {
            vec![field_value("lastInspection", calendar.day(-pick.number(5, 360)).to_string())]
        }
        OwnerType::Load => vec![field_value("sealNumber", format!("S{}", pick.number(100_000, 999_999)))],
        OwnerType::ServiceRecord => vec![field_value("roadside", pick.percent(20))],
        _ => Vec::new(),
    }
}

const NAMES: &[&str] = &[
    "Abilene",
    "Bluebonnet",
    "Brazos",
    "Caddo",
    "Concho",
    "Frontera",
    "Gulf Coast",
    "Guadalupe",
    "Llano",
    "Mesquite",
    "Nueces",
    "Panhandle",
    "Pecos",
    "Permian",
    "Red River",
    "Sabine",
    "San Jacinto",
    "Trinity",
    "Uvalde",
    "West Fork",
];
const TRADES: &[&str] =
    &["Steel", "Produce", "Paper Mills", "Building Supply", "Plastics", "Electronics", "Feed & Grain"];
const CITIES: &[City] = &[
    City { name: "Dallas", state: "TX", zip_code: "75207", zone: Chicago, coordinates: [-96.797, 32.7767] },
    City { name: "Houston", state: "TX", zip_code: "77029", zone: Chicago, coordinates: [-95.3698, 29.7604] },
    City { name: "Laredo", state: "TX", zip_code: "78045", zone: Chicago, coordinates: [-99.5075, 27.5036] },
    City { name: "El Paso", state: "TX", zip_code: "79936", zone: Denver, coordinates: [-106.485, 31.7619] },
    City { name: "Tulsa", state: "OK", zip_code: "74116", zone: Chicago, coordinates: [-95.9928, 36.154] },
    City { name: "Shreveport", state: "LA", zip_code: "71109", zone: Chicago, coordinates: [-93.7502, 32.5252] },
    City { name: "Memphis", state: "TN", zip_code: "38118", zone: Chicago, coordinates: [-90.049, 35.1495] },
    City { name: "Albuquerque", state: "NM", zip_code: "87105", zone: Denver, coordinates: [-106.6504, 35.0844] },
];
const EQUIPMENT: &[Equipment] = &[
    Equipment {
        name: "Dry van 53 ft",
        category: "Trailer",
        make: "Wabash",
        model: "DuraPlate",
        meter_unit: "MI",
        meter_per_day: 140,
        relationships: &[Relationship::Leased, Relationship::Rented],
    },
    Equipment {
        name: "Reefer 53 ft",
        category: "Trailer",
        make: "Utility",
        model: "3000R",
        meter_unit: "H",
        meter_per_day: 6,
        relationships: &[Relationship::Leased, Relationship::Rented],
    },
    Equipment {
        name: "Flatbed 48 ft",
        category: "Trailer",
        make: "Fontaine",
        model: "Infinity",
        meter_unit: "MI",
        meter_per_day: 120,
        relationships: &[Relationship::Leased, Relationship::Rented],
    },
    Equipment {
        name: "Sleeper tractor",
        category: "Truck",
        make: "Freightliner",
        model: "Cascadia",
        meter_unit: "MI",
        meter_per_day: 280,
        relationships: &[Relationship::Leased, Relationship::UnderService],
    },
    Equipment {
        name: "Yard tractor",
        category: "Tractor",
        make: "Kalmar",
        model: "Ottawa T2",
        meter_unit: "H",
        meter_per_day: 4,
        relationships: &[Relationship::Leased, Relationship::UnderService],
    },
    Equipment {
        name: "Dock forklift",
        category: "Forklift",
        make: "Toyota",
        model: "8FGCU25",
        meter_unit: "H",
        meter_per_day: 2,
        relationships: &[Relationship::Rented, Relationship::UnderService],
    },
];
const JOBS: &[Job] = &[
    Job {
        equipment: &["Reefer 53 ft"],
        is_repair: false,
        service_type: "Reefer maintenance",
        summary: "Oil, belts and defrost test",
        notes: "Defrost cycle ran through. Belt replaced.",
        part: ("BELT-78-1669", "Fan belt", "41.5"),
    },
    Job {
        equipment: &["Dry van 53 ft", "Flatbed 48 ft", "Sleeper tractor"],
        is_repair: true,
        service_type: "Tire change",
        summary: "Outer left, second axle",
        notes: "Tread under 4/32. New tire, torque checked.",
        part: ("TIRE-295-75R22", "Drive tire 295/75R22.5", "389"),
    },
    Job {
        equipment: &["Dry van 53 ft", "Reefer 53 ft", "Flatbed 48 ft", "Sleeper tractor"],
        is_repair: false,
        service_type: "Brake inspection",
        summary: "Yearly inspection",
        notes: "Linings at 60 %. No leaks.",
        part: ("SHOE-4707Q", "Brake shoe kit", "96.25"),
    },
    Job {
        equipment: &["Dry van 53 ft"],
        is_repair: true,
        service_type: "Liftgate repair",
        summary: "Liftgate stops halfway",
        notes: "Hydraulic line tightened, fluid refilled.",
        part: ("FLUID-ATF-1G", "Hydraulic fluid, gallon", "23.8"),
    },
    Job {
        equipment: &["Yard tractor", "Dock forklift"],
        is_repair: false,
        service_type: "250 hour service",
        summary: "Oil, filters and brakes",
        notes: "Oil and filter changed. Parking brake adjusted.",
        part: ("OIL-5W30-5Q", "Engine oil 5W-30, 5 qt", "24.6"),
    },
];
const CARGO: &[Cargo] = &[
    Cargo { commodity: "Steel coils", trailer: "Flatbed", temperature: None, hazmat: false },
    Cargo { commodity: "Fresh produce", trailer: "Reefer", temperature: Some("36"), hazmat: false },
    Cargo { commodity: "Frozen beef", trailer: "Reefer", temperature: Some("-10"), hazmat: false },
    Cargo { commodity: "Paper rolls", trailer: "Dry van", temperature: None, hazmat: false },
    Cargo { commodity: "Consumer electronics", trailer: "Dry van", temperature: None, hazmat: false },
    Cargo { commodity: "Sodium hydroxide", trailer: "Dry van", temperature: None, hazmat: true },
];

const TARIFFS: &[Tariff] = &[
    Tariff { minimum: Some(350), ..Tariff::new("Any lane", RateType::PerMile, 2_350_000) },
    Tariff { minimum: Some(300), destination: Some("TX"), ..Tariff::new("Into Texas", RateType::PerMile, 2_187_500) },
    Tariff {
        minimum: Some(300),
        origin: Some("TX"),
        destination: Some("TX"),
        ..Tariff::new("Within Texas", RateType::PerMile, 2_062_500)
    },
    Tariff {
        minimum: Some(400),
        origin: Some("TX"),
        destination: Some("CO"),
        ..Tariff::new("Texas to Colorado", RateType::PerMile, 2_437_500)
    },
];
