// The schema by introspection, as graphql-js understands it: valid, and the same as the published file.
//
// node schema.js URL TOKEN FILE
import { readFileSync } from 'node:fs';
import {
    GraphQLSchema,
    buildClientSchema,
    buildSchema,
    getIntrospectionQuery,
    lexicographicSortSchema,
    printSchema,
    validateSchema,
} from 'graphql';
import { post } from './post.js';

const [url, token, file] = process.argv.slice(2);
const options = { descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, inputValueDeprecation: true, oneOf: true };
const { data, errors } = await post(url, token, getIntrospectionQuery(options));
if (errors) throw new Error(JSON.stringify(errors));

const seen = buildClientSchema(data);
const whole = buildSchema(readFileSync(file, 'utf8')).toConfig();
// The prices are written into the file only: introspection has no place for a directive that is applied.
const prices = ['cost', 'listSize'];
const published = new GraphQLSchema({ ...whole, directives: whole.directives.filter(({ name }) => !prices.includes(name)) });
const wrong = [...validateSchema(seen), ...validateSchema(published)].map((error) => error.message);

const [printed, kept] = [seen, published].map((schema) => printSchema(lexicographicSortSchema(schema)).split('\n'));
const line = kept.findIndex((text, place) => text !== printed[place]);
if (line >= 0 || kept.length !== printed.length) {
    wrong.push(`line ${line + 1}: published "${kept[line]}", introspected "${printed[line]}"`);
}
wrong.forEach((text) => console.log(text));
console.log(`${Object.keys(seen.getTypeMap()).length > 100 ? 'whole' : 'tiny'} schema, ${wrong.length} wrong`);
