-- Row level security, for the peer that isolates tenants in the database. The others select by tenant_id, as the owner.
CREATE ROLE peer_row_security LOGIN;
GRANT USAGE ON SCHEMA public TO peer_row_security;

DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'tenant_id' LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO peer_row_security', name);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant_isolation ON %I TO peer_row_security '
            'USING (tenant_id = (SELECT current_setting(''app.tenant_id'')::uuid)) '
            'WITH CHECK (tenant_id = (SELECT current_setting(''app.tenant_id'')::uuid))', name);
    END LOOP;
END $$;
