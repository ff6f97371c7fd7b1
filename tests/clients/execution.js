// Responses, as graphql-js computes them: each document is executed by the server and by graphql-js, whose resolvers replay
// the leaves, list lengths and errors of the server's response. Both refuse the same requests, data has the same fields in
// the same order, and errors have the same paths. What is selected of the schema itself, graphql-js answers by itself.
//
// node execution.js URL TOKEN SCHEMA REQUESTS
import { readFileSync } from 'node:fs';
import {
    GraphQLError,
    MaxIntrospectionDepthRule,
    buildSchema,
    execute,
    getNamedType,
    getNullableType,
    isCompositeType,
    isEnumType,
    isListType,
    isNonNullType,
    parse,
    specifiedRules,
    validate,
} from 'graphql';
import { describeAsServer, withoutOwnTypes } from './introspection.js';

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

async function send({ query, variables, token: own = token }) {
    const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json', authorization: `Bearer ${own}` };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    return { status: response.status, ...(await response.json()) };
}

await describeAsServer(schema, (query) => send({ query }));

function pathOf({ prev, key }) {
    return prev ? [...pathOf(prev), key] : [key];
}

const key = (path) => JSON.stringify(path);
const beginsWith = (path, beginning) => beginning.every((segment, place) => path?.[place] === segment);

// graphql-js overlooks a nullable variable in a @oneOf input that is an item of a list of non-null items (5.8.5).
function variablesOfOneOf(context) {
    const types = new Map();
    return {
        VariableDefinition: ({ variable, type }) => void types.set(variable.name.value, type.kind),
        ObjectField({ value }) {
            const isOneOf = getNamedType(context.getParentInputType())?.isOneOf;
            if (isOneOf && value.kind === 'Variable' && types.get(value.name.value) !== 'NonNullType') {
                context.reportError(new GraphQLError('nullable variable in a @oneOf input', { nodes: value }));
            }
        },
    };
}

// The depth of introspection is no rule of the specification.
const rules = [...specifiedRules.filter((rule) => rule !== MaxIntrospectionDepthRule), variablesOfOneOf];

// What graphql-js answers, with the leaves of a response. A response without data stands for one of which nothing is known.
function replay({ query, variables }, response) {
    let document;
    try {
        document = parse(query);
    } catch (error) {
        return { errors: [error] };
    }
    const invalid = validate(schema, document, rules);
    if (invalid.length) return { errors: invalid };
    const failed = new Set((response.errors ?? []).map(({ path }) => key(path)));
    // A value that the response lost, because a null went up to one of its parents: as much of it as leads to errors.
    const lost = (type, path) => {
        const below = (response.errors ?? []).filter((error) => beginsWith(error.path, path)).map((error) => error.path[path.length]);
        if (!below.length && !isNonNullType(type)) return null;
        const of = getNullableType(type);
        if (isListType(of)) return Array.from({ length: Math.max(-1, ...below) + 1 });
        if (isCompositeType(of)) return {};
        return isEnumType(of) ? of.getValues()[0].value : ['Int', 'Float'].includes(of.name) ? 0 : of.name === 'Boolean' ? false : '';
    };
    const complete = (value, type, path) => {
        if (failed.has(key(path))) return new Error('replayed');
        const isLost = value === undefined || (value === null && (response.errors ?? []).some((error) => beginsWith(error.path, path)));
        const whole = isLost ? lost(type, path) : value;
        const items = getNullableType(type).ofType;
        return Array.isArray(whole) && items ? whole.map((item, place) => complete(item, items, [...path, place])) : whole;
    };
    return execute({
        schema,
        document,
        rootValue: response.data ?? {},
        variableValues: variables,
        fieldResolver: (source, _, __, info) => complete(source[info.path.key], info.returnType, pathOf(info.path)),
        typeResolver: ({ concrete }) => concrete,
    });
}

// What the server does otherwise on purpose. A variable that is null where the default of the place made it valid is an error
// of the field by the specification (6.4.1); the server refuses the request, because mutations before it would be done.
function isIntended(response, expected) {
    const isNull = ({ message }) => /^Variable \$\w+ is null; the (argument|field) .* has no null\.$/.test(message);
    return expected.data !== undefined && response.status === 400 && response.errors.every(isNull);
}

// Whether errors have the paths that graphql-js gives them. The server may go on where graphql-js does not: it has further
// errors below a null that went up.
function haveExpectedPaths({ data, errors = [] }, expected) {
    const ours = errors.map(({ path }) => path);
    const theirs = (expected.errors ?? []).map(({ path, message }) => ({ path, isTypeLost: message.includes('must resolve to an Object type') }));
    const isGoneUp = (path) => {
        let [value, length] = [data, 0];
        while (value != null && length < path.length) value = value[path[length++]];
        return value === null && length < path.length && theirs.some((error) => beginsWith(error.path, path.slice(0, length)));
    };
    return (
        new Set(ours.map(key)).size === ours.length &&
        ours.every((path) => path?.length && (theirs.some((error) => key(error.path) === key(path)) || isGoneUp(path))) &&
        theirs.every(({ path, isTypeLost }) => ours.some((own) => (isTypeLost ? beginsWith(own, path) : key(own) === key(path))))
    );
}

// Whether an object that an interface was selected of has an error below it.
function hasErrorBelowInterface({ data, errors = [] }) {
    return errors.some(({ path = [] }) => {
        let value = data;
        return path.some((segment) => {
            value = value?.[segment];
            return value?.concrete !== undefined;
        });
    });
}

const isMutation = ({ query }) => query.startsWith('mutation');

// All rows with the times of their last changes.
const lists = Object.values(schema.getQueryType().getFields()).filter(({ type, args }) => {
    const nodes = isCompositeType(getNamedType(type)) && getNamedType(type).getFields().nodes;
    return args.some(({ name }) => name === 'deleted') && 'updatedAt' in getNamedType(nodes.type).getFields();
});
const eachRow = lists.map(({ name }) => `${name}(first: 100, deleted: INCLUDE) { totalCount nodes { id updatedAt } }`);
async function rows() {
    const { data, errors } = await send({ query: `{ ${eachRow.join(' ')} }` });
    if (errors) throw new Error(JSON.stringify(errors));
    return JSON.stringify(data);
}

let [refused, failed, failedBelowInterface, intended, differences] = [0, 0, 0, 0, 0];
function report(request, response, expected) {
    differences += 1;
    if (differences > 5) return;
    console.log(JSON.stringify(request));
    console.log(`server: ${response.status} ${JSON.stringify(response.data)} ${JSON.stringify(response.errors)}`);
    console.log(`graphql-js: ${JSON.stringify(expected.data)} ${JSON.stringify(expected.errors?.map(({ message, path }) => ({ message, path })))}`);
}

async function compare(request) {
    const response = await send(request);
    const expected = replay(request, response);
    const isRefused = expected.data === undefined;
    if (isIntended(response, expected)) {
        intended += 1;
        return response;
    }
    refused += isRefused;
    failed += !isRefused && response.errors !== undefined;
    failedBelowInterface += hasErrorBelowInterface(response);
    const [ours, theirs] = [response.data, expected.data].map((data) => JSON.stringify(withoutOwnTypes(data)));
    const isSame = response.status === 200 && ours === theirs && haveExpectedPaths(response, expected);
    if (isRefused ? response.status !== 400 || 'data' in response : !isSame) report(request, response, expected);
    return response;
}

// Mutations that are refused come first: they write nothing. Those with a null may be refused on purpose.
const mutations = requests.filter(isMutation);
const refusals = mutations.filter((request) => replay(request, {}).data === undefined);
const nulls = mutations.filter((request) => !refusals.includes(request) && Object.values(request.variables).includes(null));
let before = mutations.length ? await rows() : '';
for (const request of refusals) await compare(request);
if (mutations.length && (await rows()) !== before) console.log('a refused mutation wrote');
for (const request of nulls) {
    const isWritten = (await compare(request)).status === 200;
    const after = await rows();
    if (!isWritten && after !== before) console.log(`wrote: ${JSON.stringify(request)}`);
    before = after;
}
let [executed, written, ordered] = [0, 0, 0];
for (const request of requests) {
    if (refusals.includes(request) || nulls.includes(request)) continue;
    const { data } = await compare(request);
    if (!isMutation(request)) continue;
    const payloads = Object.values(data ?? {}).flat();
    executed += payloads.length > 0;
    written += payloads.some((payload) => payload?.userErrors?.length === 0);
    // Some documents update the same row in each of their fields.
    const versions = payloads.map((payload) => payload?.customer?.serial).filter(Number.isInteger);
    ordered += versions.length > 1;
    if (versions.some((version, place) => version <= versions[place - 1])) {
        console.log(`out of order: ${versions} ${JSON.stringify(request)}`);
    }
}
const some = (count, least) => (count >= least ? 'enough' : `only ${count}`);
const total = requests.length;
const counts = [
    `${some(refused, total / 50)} refused`,
    `${some(failed, total / 200)} with errors`,
    `${some(intended, 1)} otherwise on purpose`,
];
const introspects = requests.some(({ query }) => query.includes('__schema'));
if (!mutations.length && !introspects) counts.push(`${some(failedBelowInterface, 5)} with errors below an interface`);
if (mutations.length) {
    counts.push(`${some(executed, total / 4)} executed`, `${some(written, total / 10)} written`, `${some(ordered, total / 100)} in order`);
}
console.log(`${total} requests, ${counts.join(', ')}, ${differences} differ`);
