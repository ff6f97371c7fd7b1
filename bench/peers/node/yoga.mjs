// GraphQL Yoga with a DataLoader for each edge: written by hand, batched, with prepared statements.
import { createServer } from "node:http";
import DataLoader from "dataloader";
import { createSchema, createYoga } from "graphql-yoga";
import pg from "pg";
import { children, one, root } from "./statements.mjs";
import { typeDefs } from "./schema.mjs";

// A date stays the text that PostgreSQL sends.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10, min: 10, idleTimeoutMillis: 0 });

const query = async (name, text, values) => (await pool.query({ name, text, values })).rows;

class Loaders {
    #loaders = new Map();

    constructor(tenant) {
        this.tenant = tenant;
    }

    /** The rows of a table by their ids. */
    one(table) {
        return this.#loader(table, async (ids) => {
            const rows = await query(`one ${table}`, one[table], [this.tenant, ids]);
            const byId = new Map(rows.map((row) => [row.id, row]));
            return ids.map((id) => byId.get(id) ?? null);
        });
    }

    /** The first rows of each parent. */
    children(edge, first) {
        return this.#loader(`${edge} ${first}`, async (ids) => {
            const byParent = new Map(ids.map((id) => [id, []]));
            for (const row of await query(`children ${edge}`, children[edge], [this.tenant, ids, first])) {
                byParent.get(row.parent).push(row);
            }
            return ids.map((id) => byParent.get(id));
        });
    }

    #loader(key, load) {
        let loader = this.#loaders.get(key);
        if (!loader) {
            loader = new DataLoader(load);
            this.#loaders.set(key, loader);
        }
        return loader;
    }
}

const edge = (name) => async (row, { first }, { loaders }) => ({
    nodes: await loaders.children(name, first).load(row.id),
});
const parent = (table, key) => (row, _, { loaders }) => loaders.one(table).load(row[key]);

// The first part of an id is the number of its table: see sql/data.sql.
const tables = new Map([
    [2, ["Customer", "customer"]],
    [3, ["Address", "address"]],
    [4, ["Contact", "contact"]],
    [5, ["Asset", "asset"]],
    [8, ["Load", "load"]],
]);

const resolvers = {
    Query: {
        customer: (_, { id }, { loaders }) => loaders.one("customer").load(id),
        async customers(_, { first, after, where }, { loaders }) {
            if (where) {
                const values = [loaders.tenant, where.creditScoreFrom, where.contactNamePrefix];
                return {
                    nodes: () => query("filter", root.filter, [...values, first]),
                    totalCount: async () => (await query("filterCount", root.filterCount, values))[0].count,
                };
            }
            const [at, id] = after
                ? Buffer.from(after, "base64").toString().split("|")
                : ["-infinity", "00000000-0000-0000-0000-000000000000"];
            const nodes = await query("page", root.page, [loaders.tenant, at, id, first + 1]);
            const hasNextPage = nodes.length > first;
            if (hasNextPage) nodes.pop();
            const last = nodes.at(-1);
            const endCursor = last ? Buffer.from(`${last.cursor}|${last.id}`).toString("base64") : null;
            return { nodes, pageInfo: { hasNextPage, endCursor } };
        },
        async search(_, { text, first }, { loaders }) {
            return { nodes: await query("search", root.search, [loaders.tenant, text, first]) };
        },
        async loads(_, { first, statuses, from }, { loaders }) {
            return { nodes: await query("board", root.board, [loaders.tenant, statuses, from, first]) };
        },
        nodes: (_, { ids }, { loaders }) =>
            Promise.all(
                ids.map(async (id) => {
                    const [type, table] = tables.get(Number.parseInt(id, 16)) ?? [];
                    const row = table && (await loaders.one(table).load(id));
                    return row ? { ...row, type } : null;
                }),
            ),
    },
    Mutation: {
        async createContact(_, { input }, { loaders }) {
            const values = [loaders.tenant, input.customerId, input.name, input.email];
            return (await query("createContact", root.createContact, values))[0];
        },
    },
    Node: { __resolveType: (row) => row.type },
    Customer: {
        createdAt: (row) => row.created_at.toISOString(),
        contacts: edge("contact"),
        assets: edge("customer_asset"),
        loads: edge("load"),
        customFields: edge("custom_field_value"),
    },
    CustomerAsset: { asset: parent("asset", "asset_id") },
    Asset: { serialNumber: (row) => row.serial_number, serviceRecords: edge("service_record") },
    ServiceRecord: { serviceDate: (row) => row.service_date },
    Load: {
        scheduledPickup: (row) => row.scheduled_pickup.toISOString(),
        customer: parent("customer", "customer_id"),
        pickup: parent("address", "pickup_address_id"),
        delivery: parent("address", "delivery_address_id"),
        stops: (row, _, { loaders }) => loaders.children("load_stop", 10).load(row.id),
    },
    LoadStop: { address: parent("address", "address_id") },
    CustomFieldValue: { definition: parent("custom_field_definition", "definition_id") },
};

// Yoga keeps parsed and validated documents by default.
const yoga = createYoga({
    schema: createSchema({ typeDefs, resolvers }),
    graphiql: false,
    landingPage: false,
    logging: false,
    context: ({ request }) => ({ loaders: new Loaders(request.headers.get("x-tenant")) }),
});
createServer(yoga).listen(Number(process.env.PORT), "127.0.0.1");
