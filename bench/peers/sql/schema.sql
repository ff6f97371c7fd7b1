-- The tables of the peers: a UUID as primary key, the tenant, the time of creation, and the indexes that pages of a tenant need.
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE tenant (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE customer (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    name text NOT NULL,
    email text NOT NULL,
    phone text NOT NULL,
    status text NOT NULL,
    notes text,
    created_at timestamptz NOT NULL
);

CREATE TABLE address (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    customer_id uuid NOT NULL REFERENCES customer (id),
    street text NOT NULL,
    city text NOT NULL,
    state text NOT NULL,
    zip_code text NOT NULL,
    created_at timestamptz NOT NULL
);

-- The mutation of the benchmark sends neither the key nor the time.
CREATE TABLE contact (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL,
    customer_id uuid NOT NULL REFERENCES customer (id),
    name text NOT NULL,
    email text NOT NULL,
    phone text,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE asset (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    serial_number text NOT NULL,
    category text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE customer_asset (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    customer_id uuid NOT NULL REFERENCES customer (id),
    asset_id uuid NOT NULL REFERENCES asset (id),
    created_at timestamptz NOT NULL
);

CREATE TABLE service_record (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    customer_id uuid NOT NULL REFERENCES customer (id),
    asset_id uuid NOT NULL REFERENCES asset (id),
    technician text NOT NULL,
    service_date date NOT NULL,
    notes text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE load (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    customer_id uuid NOT NULL REFERENCES customer (id),
    pickup_address_id uuid NOT NULL REFERENCES address (id),
    delivery_address_id uuid NOT NULL REFERENCES address (id),
    weight integer NOT NULL,
    commodity text NOT NULL,
    value double precision NOT NULL,
    status text NOT NULL,
    scheduled_pickup timestamptz NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE load_stop (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    load_id uuid NOT NULL REFERENCES load (id),
    address_id uuid NOT NULL REFERENCES address (id),
    type text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE custom_field_definition (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL
);

-- `number` has the value of a NUMBER field once more, for filters.
CREATE TABLE custom_field_value (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    definition_id uuid NOT NULL REFERENCES custom_field_definition (id),
    customer_id uuid NOT NULL REFERENCES customer (id),
    value text NOT NULL,
    number double precision,
    created_at timestamptz NOT NULL
);
