// The public audit of GraphQL over HTTP, against a server: every check of every level, MUST, SHOULD and MAY.
//
// node audit.js URL TOKEN
import { serverAudits } from 'graphql-http';

const [url, token] = process.argv.slice(2);
const fetchFn = (to, init = {}) => fetch(to, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });

const audits = serverAudits({ url, fetchFn });
let ok = 0;
for (const audit of audits) {
    const result = await audit.fn();
    if (result.status === 'ok') ok += 1;
    else console.log(`${result.id} ${result.name}: ${result.reason} (${result.response?.status})`);
}
console.log(`${ok} of ${audits.length}`);
