//! The answers, in the form of GraphQL's.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use tokio_postgres::Row;
use uuid::Uuid;

#[derive(Serialize)]
pub struct Data<T> {
    pub data: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Root<T> {
    pub root: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    pub nodes: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_info: Option<PageInfo>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageInfo {
    pub has_next_page: bool,
    pub end_cursor: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Customer<'a> {
    pub id: Uuid,
    pub name: &'a str,
    pub email: &'a str,
    pub phone: &'a str,
    pub status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<Contact<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assets: Option<Vec<Asset<'a>>>,
}

impl<'a> Customer<'a> {
    pub fn read(row: &'a Row) -> Self {
        Self {
            id: row.get(0),
            name: row.get(1),
            email: row.get(2),
            phone: row.get(3),
            status: row.get(4),
            created_at: None,
            contacts: None,
            assets: None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview<'a> {
    pub id: Uuid,
    pub contacts: Vec<Contact<'a>>,
    pub assets: Vec<Asset<'a>>,
    pub loads: Vec<Load<'a>>,
    pub custom_fields: Vec<CustomField<'a>>,
}

#[derive(Serialize)]
pub struct Contact<'a> {
    id: Uuid,
    name: &'a str,
    email: &'a str,
}

impl<'a> Contact<'a> {
    /// From the columns that begin at `first`.
    pub fn read(row: &'a Row, first: usize) -> Self {
        Self { id: row.get(first), name: row.get(first + 1), email: row.get(first + 2) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asset<'a> {
    id: Uuid,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_records: Option<Vec<ServiceRecord<'a>>>,
}

impl<'a> Asset<'a> {
    pub fn read(row: &'a Row) -> Self {
        let (serial_number, category) = (Some(row.get(3)), Some(row.get(4)));
        Self { id: row.get(1), name: row.get(2), serial_number, category, service_records: None }
    }

    pub fn with_records(row: &'a Row, records: Vec<ServiceRecord<'a>>) -> Self {
        let service_records = Some(records);
        Self { id: row.get(1), name: row.get(2), serial_number: None, category: None, service_records }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRecord<'a> {
    id: Uuid,
    technician: &'a str,
    service_date: NaiveDate,
    notes: &'a str,
}

impl<'a> ServiceRecord<'a> {
    pub fn read(row: &'a Row) -> Self {
        Self { id: row.get(1), technician: row.get(2), service_date: row.get(3), notes: row.get(4) }
    }
}

#[derive(Serialize)]
pub struct Load<'a> {
    id: Uuid,
    status: &'a str,
    commodity: &'a str,
    weight: i32,
    value: f64,
    pickup: City<'a>,
    delivery: City<'a>,
}

impl<'a> Load<'a> {
    pub fn read(row: &'a Row) -> Self {
        Self {
            id: row.get(1),
            status: row.get(2),
            commodity: row.get(3),
            weight: row.get(4),
            value: row.get(5),
            pickup: City { city: row.get(6) },
            delivery: City { city: row.get(7) },
        }
    }
}

#[derive(Serialize)]
pub struct City<'a> {
    pub city: &'a str,
}

#[derive(Serialize)]
pub struct CustomField<'a> {
    value: &'a str,
    definition: Definition<'a>,
}

#[derive(Serialize)]
struct Definition<'a> {
    name: &'a str,
}

impl<'a> CustomField<'a> {
    pub fn read(row: &'a Row) -> Self {
        Self { value: row.get(1), definition: Definition { name: row.get(2) } }
    }
}

/// A load of the board.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BoardLoad<'a> {
    id: Uuid,
    status: &'a str,
    scheduled_pickup: DateTime<Utc>,
    customer: Named<'a>,
    stops: Vec<Stop<'a>>,
}

impl<'a> BoardLoad<'a> {
    pub fn read(row: &'a Row, stops: Vec<Stop<'a>>) -> Self {
        let customer = Named { id: row.get(3), name: row.get(4) };
        Self { id: row.get(0), status: row.get(1), scheduled_pickup: row.get(2), customer, stops }
    }
}

#[derive(Serialize)]
struct Named<'a> {
    id: Uuid,
    name: &'a str,
}

#[derive(Serialize)]
pub struct Stop<'a> {
    #[serde(rename = "type")]
    stop_type: &'a str,
    address: City<'a>,
}

impl<'a> Stop<'a> {
    pub fn read(row: &'a Row) -> Self {
        Self { stop_type: row.get(1), address: City { city: row.get(2) } }
    }
}

/// A row of one of five types, with two of its fields.
#[derive(Serialize)]
pub struct Node<'a> {
    pub id: Uuid,
    first: &'a str,
    second: &'a str,
}

impl<'a> Node<'a> {
    pub fn read(row: &'a Row) -> Self {
        Self { id: row.get(0), first: row.get(1), second: row.get(2) }
    }
}
