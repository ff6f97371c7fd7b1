// The statements of the Yoga server. $1 is the tenant.
const customer = "id, name, email, phone, status, created_at";

const byIds = (columns, table) => `SELECT ${columns} FROM ${table} WHERE tenant_id = $1 AND id = ANY($2)`;

/** By table: rows by their ids. */
export const one = {
    customer: byIds(customer, "customer"),
    address: byIds("id, street, city", "address"),
    contact: byIds("id, name, email", "contact"),
    asset: byIds("id, name, serial_number, category", "asset"),
    load: byIds("id, status, commodity", "load"),
    custom_field_definition: byIds("id, name", "custom_field_definition"),
};

const firstOf = (columns, table, key) =>
    `SELECT p.id AS parent, x.* FROM unnest($2::uuid[]) p (id) CROSS JOIN LATERAL
     (SELECT ${columns} FROM ${table} WHERE tenant_id = $1 AND ${key} = p.id ORDER BY created_at, id LIMIT $3) x`;

/** By table: the first rows of each parent. */
export const children = {
    contact: firstOf("id, name, email", "contact", "customer_id"),
    customer_asset: firstOf("id, asset_id", "customer_asset", "customer_id"),
    service_record: firstOf("id, technician, service_date, notes", "service_record", "asset_id"),
    load: firstOf(
        "id, status, commodity, weight, value, pickup_address_id, delivery_address_id",
        "load",
        "customer_id",
    ),
    load_stop: firstOf("id, type, address_id", "load_stop", "load_id"),
    custom_field_value: firstOf("id, definition_id, value", "custom_field_value", "customer_id"),
};

const filter = `FROM customer c WHERE tenant_id = $1
    AND EXISTS (SELECT FROM custom_field_value v JOIN custom_field_definition d ON d.id = v.definition_id
        WHERE v.tenant_id = $1 AND d.tenant_id = $1 AND v.customer_id = c.id AND d.name = 'creditScore' AND v.number >= $2)
    AND EXISTS (SELECT FROM contact k WHERE k.tenant_id = $1 AND k.customer_id = c.id AND k.name LIKE $3 || '%')`;

export const root = {
    page: `SELECT ${customer}, created_at::text AS cursor FROM customer
        WHERE tenant_id = $1 AND (created_at, id) > ($2::timestamptz, $3::uuid) ORDER BY created_at, id LIMIT $4`,
    filter: `SELECT ${customer} ${filter} ORDER BY created_at, id LIMIT $4`,
    filterCount: `SELECT count(*)::int ${filter}`,
    search: `SELECT ${customer} FROM customer
        WHERE tenant_id = $1 AND (name ILIKE '%' || $2 || '%' OR phone ILIKE '%' || $2 || '%')
        ORDER BY created_at, id LIMIT $3`,
    board: `SELECT id, status, scheduled_pickup, customer_id FROM load
        WHERE tenant_id = $1 AND status = ANY($2) AND scheduled_pickup >= $3 ORDER BY scheduled_pickup, id LIMIT $4`,
    createContact: `INSERT INTO contact (tenant_id, customer_id, name, email)
        SELECT $1, id, $3, $4 FROM customer WHERE tenant_id = $1 AND id = $2 RETURNING id, name, email`,
};
