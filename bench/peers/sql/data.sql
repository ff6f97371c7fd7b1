-- The rows of the peers. psql variables: tenants, customers (of each tenant). xtask/src/bench/peers/rows.rs has the same rows
-- for Fieldgate.
SET synchronous_commit = off;

-- The id of a row: the number of its table, its tenant, its customer, and its number within the customer.
CREATE FUNCTION pg_temp.id(kind int, tenant int, customer int, item int) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN (lpad(to_hex(kind), 8, '0') || '-' || lpad(to_hex(tenant), 4, '0') || '-4' || lpad(to_hex(item), 3, '0') || '-8000-'
        || lpad(to_hex(customer), 12, '0'))::uuid;

CREATE FUNCTION pg_temp.at(number int) RETURNS timestamptz LANGUAGE sql IMMUTABLE
    RETURN '2025-01-01 00:00:00+00'::timestamptz + number * interval '37 seconds';

CREATE FUNCTION pg_temp.pick(number int, VARIADIC texts text[]) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN texts[1 + number % array_length(texts, 1)];

INSERT INTO tenant
SELECT pg_temp.id(1, t, 0, 0), 'Tenant ' || t, pg_temp.at(t)
FROM generate_series(1, :tenants) t;

INSERT INTO customer
SELECT pg_temp.id(2, t, c, 0), pg_temp.id(1, t, 0, 0),
    pg_temp.pick(c, 'Harbor', 'Summit', 'Prairie', 'Delta', 'Cedar', 'Granite', 'Lakeside', 'Pioneer', 'Redwood', 'Sterling')
        || ' ' || pg_temp.pick(c, 'Foods', 'Supply', 'Builders', 'Motors', 'Farms', 'Steel', 'Paper') || ' S' || 1000 + c,
    'customer' || c || '@tenant' || t || '.example', '+1-555-555-' || lpad((c * 7919 % 10000)::text, 4, '0'),
    pg_temp.pick(c, 'ACTIVE', 'ACTIVE', 'ACTIVE', 'LEAD', 'INACTIVE'), 'Notes about customer ' || c, pg_temp.at(c)
FROM generate_series(1, :tenants) t, generate_series(1, :customers) c;

INSERT INTO address
SELECT pg_temp.id(3, t, c, k), pg_temp.id(1, t, 0, 0), pg_temp.id(2, t, c, 0), c * 13 % 900 + k || ' Main Street',
    pg_temp.pick(c + k, 'Austin', 'Boise', 'Chicago', 'Denver', 'El Paso', 'Fresno', 'Galveston'), 'TX',
    lpad((c * 31 % 100000)::text, 5, '0'), pg_temp.at(c * 2 + k)
FROM generate_series(1, :tenants) t, generate_series(1, :customers) c, generate_series(1, 2) k;

INSERT INTO contact
SELECT pg_temp.id(4, t, c, k), pg_temp.id(1, t, 0, 0), pg_temp.id(2, t, c, 0),
    pg_temp.pick(c + k, 'Ana', 'Bo', 'Cy', 'Dee', 'Eli') || ' Surname' || c * k % 500,
    'contact' || c || '.' || k || '@tenant' || t || '.example', '+1-555-556-' || lpad((c * 13 % 10000)::text, 4, '0'),
    pg_temp.at(c * 3 + k)
FROM generate_series(1, :tenants) t, generate_series(1, :customers) c, generate_series(1, 3) k;

INSERT INTO asset
SELECT pg_temp.id(5, t, c, k), pg_temp.id(1, t, 0, 0), 'Asset ' || c || '-' || k, 'SN-' || t || '-' || c || '-' || k,
    pg_temp.pick(k - 1, 'truck', 'trailer', 'forklift', 'pump', 'generator'), pg_temp.at(c * 5 + k)
FROM generate_series(1, :tenants) t, generate_series(1, :customers) c, generate_series(1, 5) k;

INSERT INTO customer_asset
SELECT pg_temp.id(6, t, c, k), pg_temp.id(1, t, 0, 0), pg_temp.id(2, t, c, 0), pg_temp.id(5, t, c, k), pg_temp.at(c * 5 + k)
FROM generate_series(1, :tenants) t, generate_series(1, :customers) c, generate_series(1, 5) k;

INSERT INTO service_record
SELECT pg_temp.id(7, t, c, k), pg_temp.id(1, t, 0, 0), pg_temp.id(2, t, c, 0), pg_temp.id(5, t, c, 1 + k % 5),
    'tech' || c * k % 40, make_date(2025, 1 + (c + k) % 12, 1 + c % 28), 'Inspected unit, replaced part ' || k,
    pg_temp.at(c * 10 + k)
FROM generate_series(1, :tenants) t, generate_series(1, :customers) c, generate_series(1, 10) k;

INSERT INTO load
SELECT pg_temp.id(8, t, c, k), pg_temp.id(1, t, 0, 0), pg_temp.id(2, t, c, 0), pg_temp.id(3, t, c, 1), pg_temp.id(3, t, c, 2),
    1000 + c * k % 20000, pg_temp.pick(k - 1, 'steel', 'grain', 'lumber', 'parts', 'paper'), c * k * 97 % 5000000 / 100.0,
    pg_temp.pick(c + k, 'NEW', 'SCHEDULED', 'CANCELLED'),
    make_timestamptz(2027, 1, 1 + (c * 5 + k) % 28, (c * 5 + k) / 28 % 24, (c * 5 + k) / 672 % 60, 0, 'UTC'),
    pg_temp.at(c * 5 + k)
FROM generate_series(1, :tenants) t, generate_series(1, :customers) c, generate_series(1, 5) k;

INSERT INTO load_stop
SELECT pg_temp.id(9, t, c, k * 2 + s), pg_temp.id(1, t, 0, 0), pg_temp.id(8, t, c, k), pg_temp.id(3, t, c, s),
    pg_temp.pick(s - 1, 'PICKUP', 'DELIVERY'), pg_temp.at(c * 10 + k * 2 + s)
FROM generate_series(1, :tenants) t, generate_series(1, :customers) c, generate_series(1, 5) k, generate_series(1, 2) s;

-- The seventh field is the NUMBER.
INSERT INTO custom_field_definition
SELECT pg_temp.id(10, t, 0, k), pg_temp.id(1, t, 0, 0), CASE k WHEN 7 THEN 'creditScore' ELSE 'field' || k END, pg_temp.at(k)
FROM generate_series(1, :tenants) t, generate_series(1, 7) k;

INSERT INTO custom_field_value
SELECT pg_temp.id(11, t, c, k), pg_temp.id(1, t, 0, 0), pg_temp.id(10, t, 0, 1 + (c + k) % 6), pg_temp.id(2, t, c, 0),
    'value ' || c * k % 100, NULL, pg_temp.at(c * 5 + k)
FROM generate_series(1, :tenants) t, generate_series(1, :customers) c, generate_series(1, 4) k;

INSERT INTO custom_field_value
SELECT pg_temp.id(11, t, c, 5), pg_temp.id(1, t, 0, 0), pg_temp.id(10, t, 0, 7), pg_temp.id(2, t, c, 0),
    300 + c * 7919 % 600, 300 + c * 7919 % 600, pg_temp.at(c * 5 + 5)
FROM generate_series(1, :tenants) t, generate_series(1, :customers) c;

-- A page of a tenant, and a page of a customer of a tenant.
CREATE INDEX ON customer (tenant_id, created_at, id);
CREATE INDEX ON address (tenant_id, customer_id, created_at, id);
CREATE INDEX ON contact (tenant_id, customer_id, created_at, id);
CREATE INDEX ON asset (tenant_id, created_at, id);
CREATE INDEX ON customer_asset (tenant_id, customer_id, created_at, id);
CREATE INDEX ON service_record (tenant_id, asset_id, created_at, id);
CREATE INDEX ON load (tenant_id, customer_id, created_at, id);
CREATE INDEX ON load (tenant_id, scheduled_pickup, id);
CREATE INDEX ON load_stop (tenant_id, load_id, created_at, id);
CREATE INDEX ON custom_field_value (tenant_id, customer_id, created_at, id);
-- The condition on a number, and the search.
CREATE INDEX ON custom_field_value (definition_id, number) WHERE number IS NOT NULL;
CREATE INDEX ON customer USING gin (name gin_trgm_ops);
CREATE INDEX ON customer USING gin (phone gin_trgm_ops);
-- Generators expect an index for each foreign key.
CREATE INDEX ON customer (tenant_id);
CREATE INDEX ON address (customer_id);
CREATE INDEX ON contact (customer_id, created_at, id);
CREATE INDEX ON customer_asset (customer_id, created_at, id);
CREATE INDEX ON customer_asset (asset_id);
CREATE INDEX ON service_record (asset_id, created_at, id);
CREATE INDEX ON service_record (customer_id);
CREATE INDEX ON load (customer_id, created_at, id);
CREATE INDEX ON load (pickup_address_id);
CREATE INDEX ON load (delivery_address_id);
CREATE INDEX ON load_stop (load_id, created_at, id);
CREATE INDEX ON load_stop (address_id);
CREATE INDEX ON custom_field_value (customer_id, created_at, id);
CREATE INDEX ON custom_field_value (definition_id);
VACUUM ANALYZE;
