// PostGraphile 5: its Amber preset for production, filters by its community's plugin, tenants isolated by row level security.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { PostGraphileConnectionFilterPreset } from "postgraphile-plugin-connection-filter";

// The order and the filters have the columns that an index begins with; here, every index begins with the tenant.
const added = { created_at: "orderBy", scheduled_pickup: "orderBy", name: "filterBy", number: "filterBy", status: "filterBy" };
const AddedBehaviors = {
    name: "AddedBehaviors",
    version: "0.0.0",
    schema: {
        entityBehavior: {
            pgCodecAttribute: {
                inferred: {
                    provides: ["addedBehaviors"],
                    after: ["postInferred"],
                    callback: (behavior, [, name]) => (added[name] ? [behavior, added[name]] : behavior),
                },
            },
        },
    },
};

const preset = {
    extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset],
    plugins: [AddedBehaviors],
    schema: { connectionFilterRelations: true },
    pgServices: [
        makePgService({
            connectionString: process.env.DATABASE_URL,
            schemas: ["public"],
            poolConfig: { max: 10, min: 10 },
        }),
    ],
    grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false, maxRequestLength: 1_000_000 },
    grafast: {
        explain: false,
        context: (request) => ({ pgSettings: { "app.tenant_id": request.node.req.headers["x-tenant"] } }),
    },
};

const instance = postgraphile(preset);
if (process.argv.includes("--schema")) {
    const { printSchema } = await import("graphql");
    console.log(printSchema(await instance.getSchema()));
    process.exit(0);
}
const server = createServer();
server.on("error", (error) => {
    console.error(error);
    process.exit(1);
});
await instance.createServ(grafserv).addTo(server);
server.listen(Number(process.env.PORT), "127.0.0.1");
