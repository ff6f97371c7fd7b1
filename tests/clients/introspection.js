// What the server's introspection says otherwise than graphql-js says about the published schema, with the reasons. This is
// the whole list: async-graphql 7.2.1 writes these parts by itself and has no setting for them.
import { GraphQLFloat, isSpecifiedScalarType } from 'graphql';

// Makes graphql-js describe a schema as the server does, in what is known to differ.
export async function describeAsServer(schema, send) {
    const { data } = await send(`{ __schema { description types { name kind description possibleTypes { name } }
        directives { name description locations args { name description } } } }`);
    const { description, types, directives } = data.__schema;
    const fields = (name) => schema.getType(name).getFields();

    // The specification leaves the order of types, directives and possible types open.
    const orderOf = (listed) => (one, other) => listed.findIndex(({ name }) => name === one.name) - listed.findIndex(({ name }) => name === other.name);
    fields('__Schema').types.resolve = () => Object.values(schema.getTypeMap()).sort(orderOf(types));
    for (const { name, possibleTypes } of types) {
        if (possibleTypes) schema.getPossibleTypes(schema.getType(name)).sort(orderOf(possibleTypes));
    }

    // The prices are written into the file only: introspection has no place for a directive that is applied.
    const shown = schema.getDirectives().filter(({ name }) => !['cost', 'listSize'].includes(name));
    fields('__Schema').directives.resolve = () => shown.sort(orderOf(directives));

    // The server lists every built-in scalar; the specification (3.5) wants those that a field or an argument has.
    schema.getTypeMap().Float ??= GraphQLFloat;

    // The descriptions of the schema and of what every schema has are texts for people, which the published file lacks.
    schema.description = description;
    for (const { name, kind, description } of types) {
        const isBuiltIn = kind === 'SCALAR' && isSpecifiedScalarType(schema.getType(name));
        if (isBuiltIn) schema.getType(name).description = description;
    }
    for (const { name, description, args } of directives) {
        const directive = schema.getDirective(name);
        directive.description = description;
        directive.args.forEach((arg) => (arg.description = args.find(({ name }) => name === arg.name).description));
    }

    // A place of @deprecated that graphql-js has from a draft.
    const { locations } = schema.getDirective('deprecated');
    locations.splice(0, locations.length, ...locations.filter((location) => location !== 'DIRECTIVE_DEFINITION'));
}

// The types of introspection itself describe what the library can do, not what the schema has. Documents select the names of
// types as `about`.
export function withoutOwnTypes(value) {
    if (Array.isArray(value)) return value.map(withoutOwnTypes);
    if (value === null || typeof value !== 'object') return value;
    if (value.about?.startsWith('__')) return { about: value.about };
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutOwnTypes(item)]));
}
