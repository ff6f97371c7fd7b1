// What clients generate from the schema: relay-compiler and graphql-codegen over the same operations, under
// `tsc --strict`; then the operations themselves, against a server.
//
// node clients.js URL TOKEN SCHEMA
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as typescript from '@graphql-codegen/typescript';
import * as operations from '@graphql-codegen/typescript-operations';
import { buildSchema, parse } from 'graphql';
import relay from 'relay-compiler';
import { post } from './post.js';

const [url, token, file] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const work = mkdtempSync(join(here, '.work-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

/** How each scalar of the schema is read and written in TypeScript. */
const scalars = {
    Coordinates: '[number, number]',
    Date: 'string',
    DateTime: 'string',
    Decimal: 'string',
    JSON: 'unknown',
    LocalTime: 'string',
    Ref: 'string',
};

function run(program, args) {
    try {
        return execFileSync(program, args, { cwd: work, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (error) {
        console.log(`${relative(here, program)} ${args.join(' ')}\n${error.stdout}${error.stderr}`);
        process.exit(1);
    }
}

const sdl = readFileSync(file, 'utf8');
writeFileSync(join(work, 'schema.graphql'), sdl);
cpSync(join(here, 'relay'), join(work, 'src'), { recursive: true });
mkdirSync(join(work, 'src/__generated__'));
const config = {
    src: 'src',
    schema: 'schema.graphql',
    language: 'typescript',
    artifactDirectory: 'src/__generated__',
    eagerEsModules: true,
    customScalarTypes: Object.fromEntries(Object.entries(scalars).filter(([name]) => sdl.includes(`scalar ${name}\n`))),
    persistConfig: { file: 'operations.json', algorithm: 'SHA256' },
};
writeFileSync(join(work, 'relay.json'), JSON.stringify(config));
writeFileSync(join(work, 'operations.json'), '{}');
run(relay, ['relay.json']);

// What Relay sends to the server, its own directives compiled away.
const texts = Object.values(JSON.parse(readFileSync(join(work, 'operations.json'), 'utf8')));
const artifacts = readdirSync(join(work, 'src/__generated__'));
const documents = texts.map((text, place) => ({ location: `${place}.graphql`, document: parse(text) }));
// The whole schema as types, and the operations as types.
for (const [name, plugin] of Object.entries({ schema: typescript, operations })) {
    const generated = await codegen({
        filename: `${name}.ts`,
        schema: parse(sdl),
        schemaAst: buildSchema(sdl),
        documents,
        config: { scalars, strictScalars: true },
        plugins: [{ [name]: {} }],
        pluginMap: { [name]: plugin },
    });
    writeFileSync(join(work, `src/${name}.ts`), generated);
}

const compiler = {
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    target: 'es2022',
    module: 'es2022',
    moduleResolution: 'bundler',
    skipLibCheck: true,
    types: [],
};
writeFileSync(join(work, 'tsconfig.json'), JSON.stringify({ compilerOptions: compiler, include: ['src'] }));
run(process.execPath, [join(here, 'node_modules/typescript/bin/tsc'), '--project', 'tsconfig.json']);

// A walk through the pages, as the application makes it.
async function ask(name, variables) {
    const text = texts.find((text) => new RegExp(`^(query|mutation) ${name}\\b`).test(text));
    const answer = await post(url, token, text, variables);
    if (answer.errors) throw new Error(`${name}: ${JSON.stringify(answer.errors)}`);
    return answer.data;
}
const names = [];
let page = (await ask('customersQuery', { first: 2 })).customers;
for (;;) {
    names.push(...page.edges.map(({ node }) => node.displayName));
    if (!page.pageInfo.hasNextPage) break;
    page = (await ask('customersListQuery', { first: 2, after: page.pageInfo.endCursor })).customers;
}
const { id } = page.edges.at(-1).node;
const input = { customer: id, name: 'Pat Page', type: 'PERSON' };
const made = (await ask('customersContactCreateMutation', { input, connections: [] })).contactCreate;
const again = (await ask('customersContactsQuery', { id, first: 1 })).node;
const { node } = await ask('customersNodeQuery', { id });
console.log(`${texts.length} operations, ${artifacts.length} artifacts`);
console.log(`pages: ${names.join(', ')}`);
console.log(`made: ${made.contact.name}; read again: ${again.contacts.edges[0].node.name} of ${node.__typename} ${node.displayName}`);
