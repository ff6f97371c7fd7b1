//! The statements, prepared on each connection.

use tokio_postgres::{Client, Error, Statement};

/// The columns of a customer that `answer::Customer` reads.
const CUSTOMER: &str = "id, name, email, phone, status, created_at";
const FILTER: &str = "FROM customer c WHERE tenant_id = $1
    AND EXISTS (SELECT FROM custom_field_value v JOIN custom_field_definition d ON d.id = v.definition_id
        WHERE v.tenant_id = $1 AND d.tenant_id = $1 AND v.customer_id = c.id AND d.name = 'creditScore' AND v.number >= $2)
    AND EXISTS (SELECT FROM contact k WHERE k.tenant_id = $1 AND k.customer_id = c.id AND k.name LIKE $3 || '%')";

pub struct Statements {
    pub customer: Statement,
    pub page: Statement,
    pub contacts: Statement,
    pub assets: Statement,
    pub service_records: Statement,
    pub loads: Statement,
    pub custom_fields: Statement,
    pub create: Statement,
    pub filter: Statement,
    pub filter_count: Statement,
    pub search: Statement,
    pub board: Statement,
    pub stops: Statement,
    /// One for each of the types in `answer::Node`.
    pub nodes: [Statement; 5],
}

impl Statements {
    pub async fn prepare(client: &Client) -> Result<Self, Error> {
        let prepare = async |sql: String| client.prepare(&sql).await;
        let contacts = children("id, name, email", "contact", "customer_id", 3);
        let assets = children("asset_id", "customer_asset", "customer_id", 5);
        let records = children("id, technician, service_date, notes", "service_record", "asset_id", 3);
        let loads = children(
            "id, status, commodity, weight, value, pickup_address_id, delivery_address_id",
            "load",
            "customer_id",
            5,
        );
        let values = children("definition_id, value", "custom_field_value", "customer_id", 10);
        let stops = children("type, address_id", "load_stop", "load_id", 10);
        let by_ids = |columns: &str, table: &str| {
            format!("SELECT {columns} FROM {table} WHERE tenant_id = $1 AND id = ANY($2::uuid[])")
        };
        Ok(Self {
            customer: prepare(format!("SELECT {CUSTOMER} FROM customer WHERE tenant_id = $1 AND id = $2")).await?,
            page: prepare(format!(
                "SELECT {CUSTOMER} FROM customer WHERE tenant_id = $1 AND (created_at, id) > ($2, $3) \
                 ORDER BY created_at, id LIMIT $4::bigint + 1"
            ))
            .await?,
            contacts: prepare(contacts).await?,
            assets: prepare(format!(
                "SELECT x.parent, a.id, a.name, a.serial_number, a.category FROM ({assets}) x \
                 JOIN asset a ON a.id = x.asset_id AND a.tenant_id = $1"
            ))
            .await?,
            service_records: prepare(records).await?,
            loads: prepare(format!(
                "SELECT x.parent, x.id, x.status, x.commodity, x.weight, x.value, p.city, d.city FROM ({loads}) x \
                 JOIN address p ON p.id = x.pickup_address_id AND p.tenant_id = $1 \
                 JOIN address d ON d.id = x.delivery_address_id AND d.tenant_id = $1"
            ))
            .await?,
            custom_fields: prepare(format!(
                "SELECT x.parent, x.value, d.name FROM ({values}) x \
                 JOIN custom_field_definition d ON d.id = x.definition_id AND d.tenant_id = $1"
            ))
            .await?,
            create: prepare(
                "INSERT INTO contact (tenant_id, customer_id, name, email) \
                 SELECT $1, id, $3, $4 FROM customer WHERE tenant_id = $1 AND id = $2 RETURNING id, name, email"
                    .to_owned(),
            )
            .await?,
            filter: prepare(format!("SELECT {CUSTOMER} {FILTER} ORDER BY created_at, id LIMIT $4")).await?,
            filter_count: prepare(format!("SELECT count(*) {FILTER}")).await?,
            search: prepare(format!(
                "SELECT {CUSTOMER} FROM customer WHERE tenant_id = $1 \
                 AND (name ILIKE '%' || $2 || '%' OR phone ILIKE '%' || $2 || '%') ORDER BY created_at, id LIMIT $3"
            ))
            .await?,
            board: prepare(
                "SELECT l.id, l.status, l.scheduled_pickup, c.id, c.name FROM load l \
                 JOIN customer c ON c.id = l.customer_id AND c.tenant_id = $1 \
                 WHERE l.tenant_id = $1 AND l.status = ANY($2) AND l.scheduled_pickup >= $3 \
                 ORDER BY l.scheduled_pickup, l.id LIMIT $4"
                    .to_owned(),
            )
            .await?,
            stops: prepare(format!(
                "SELECT x.parent, x.type, a.city FROM ({stops}) x JOIN address a ON a.id = x.address_id AND a.tenant_id = $1"
            ))
            .await?,
            nodes: [
                prepare(by_ids("id, name, status", "customer")).await?,
                prepare(by_ids("id, name, email", "contact")).await?,
                prepare(by_ids("id, street, city", "address")).await?,
                prepare(by_ids("id, name, serial_number", "asset")).await?,
                prepare(by_ids("id, commodity, status", "load")).await?,
            ],
        })
    }
}

/// The first rows of each parent of a list, with the position of the parent in it.
fn children(columns: &str, table: &str, key: &str, first: u32) -> String {
    format!(
        "SELECT p.parent::int, x.* FROM unnest($2::uuid[]) WITH ORDINALITY p (id, parent) CROSS JOIN LATERAL \
         (SELECT {columns} FROM {table} WHERE tenant_id = $1 AND {key} = p.id ORDER BY created_at, id LIMIT {first}) x"
    )
}
