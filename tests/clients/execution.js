// Responses, as graphql-js computes them: each document is executed by the server and by graphql-js, whose resolvers replay
// the leaves, list lengths and errors of the server's response. Both refuse the same requests, and data has the same
// fields in the same order.
//
// node execution.js URL TOKEN SCHEMA REQUESTS
import { readFileSync } from 'node:fs';
import { GraphQLError, buildSchema, execute, parse, validate } from 'graphql';

const [url, token, schemaFile, requestsFile] = process.argv.slice(2);
const schema = buildSchema(readFileSync(schemaFile, 'utf8'));
const requests = JSON.parse(readFileSync(requestsFile, 'utf8'));

// The formats of the scalars, for the values that the requests have.
const formats = {
    Date: (value) => /^\d{4}-\d\d-\d\d$/.test(value) && new Date(value).toJSON()?.startsWith(value),
    DateTime: (value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value),
    Decimal: (value) => /^-?\d{1,13}(\.\d{1,6})?$/.test(String(value)),
    Coordinates: (value) => Array.isArray(value) && value.length === 2 && value.every(Number.isFinite),
    Ref: (value) => typeof value === 'string' && value.length <= 400,
};
for (const [name, isValid] of Object.entries(formats)) {
    const scalar = schema.getType(name);
    scalar.parseValue = (value) => {
        if (!isValid(value)) throw new GraphQLError(`no ${name}: ${value}`);
        return value;
    };
    const { parseLiteral } = scalar;
    const literal = (node, variables) =>
        node.kind === 'ListValue' ? node.values.map((item) => Number(item.value)) : node.kind === 'StringValue' ? node.value : undefined;
    scalar.parseLiteral = (node, variables) => scalar.parseValue(literal(node, variables) ?? parseLiteral?.(node, variables));
}

async function send(request) {
    const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json', authorization: `Bearer ${token}` };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(request) });
    return { status: response.status, ...(await response.json()) };
}

function pathOf({ prev, key }) {
    return prev ? [...pathOf(prev), key] : [key];
}

// What graphql-js answers, with the leaves of a response.
function replay({ query, variables }, response) {
    let document;
    try {
        document = parse(query);
    } catch (error) {
        return { errors: [error] };
    }
    const invalid = validate(schema, document);
    if (invalid.length) return { errors: invalid };
    const failed = new Set((response.errors ?? []).map(({ path }) => JSON.stringify(path)));
    const failedBelow = (path) => (response.errors ?? []).find((error) => path.every((key, place) => error.path?.[place] === key))?.path;
    // The value of a field that is null because of an error below it: as much of it as leads there.
    const stub = (below) => (below.length === 0 ? null : Number.isInteger(below[0]) ? [stub(below.slice(1))] : {});
    return execute({
        schema,
        document,
        rootValue: response.data ?? {},
        variableValues: variables,
        fieldResolver(source, _, __, info) {
            const path = pathOf(info.path);
            if (failed.has(JSON.stringify(path))) throw new Error('replayed');
            const value = source[info.path.key];
            const below = value == null ? failedBelow(path) : undefined;
            return below ? stub(below.slice(path.length)) : value;
        },
        typeResolver: ({ concrete }) => concrete,
    });
}

// What the server does otherwise on purpose. A variable that is null where the default of the place made it valid is an error
// of the field by the specification (6.4.1); the server refuses the request, because mutations before it would be done.
function isIntended(response, expected) {
    const isNull = ({ message }) => /^Variable \$\w+ is null; the (argument|field) .* has no null\.$/.test(message);
    return expected.data !== undefined && response.status === 400 && response.errors.every(isNull);
}

let [refused, failed, intended, differences] = [0, 0, 0, 0];
for (const request of requests) {
    const response = await send(request);
    const expected = replay(request, response);
    const isRefused = expected.data === undefined;
    if (isIntended(response, expected)) {
        intended += 1;
        continue;
    }
    refused += isRefused;
    failed += !isRefused && response.errors !== undefined;
    const [ours, theirs] = [response.data, expected.data].map((data) => JSON.stringify(data));
    if (isRefused ? response.status !== 400 || 'data' in response : response.status !== 200 || ours !== theirs) {
        differences += 1;
        if (differences <= 5) {
            console.log(JSON.stringify(request));
            console.log(`server: ${response.status} ${ours} ${JSON.stringify(response.errors)}`);
            console.log(`graphql-js: ${theirs} ${JSON.stringify(expected.errors?.map(({ message, path }) => ({ message, path })))}`);
        }
    }
}
const some = (count, least) => (count >= least ? 'enough' : `only ${count}`);
const total = requests.length;
console.log(`${total} requests, ${some(refused, total / 50)} refused, ${some(failed, total / 200)} with errors, ${some(intended, 1)} otherwise on purpose, ${differences} differ`);
