// Asks the server, and keeps what came of it: what the answer took, and why somebody was not let in.
import { cell } from './cell.js'
import { token } from './token.js'

/// The last answer: what it took, as far as the server told.
export const last = cell(null)
/// Why nothing can be asked; null, if it can.
export const trouble = cell(token.get() ? null : 'missing')

token.watch(() => trouble.set(token.get() ? null : 'missing'))

export const TROUBLE = {
  missing: 'There is no token.',
  expired: 'The token has expired.',
  refused: 'The server does not accept this token.',
  hidden: 'The server does not show its schema for this token.',
  unreachable: 'The server does not answer.',
}

/// GraphiQL's fetcher.
export async function ask(params, { headers = {} } = {}) {
  const own = Object.keys(headers).find(name => name.toLowerCase() === 'authorization')
  if (!token.get() && !own) return refusal('missing', 'UNAUTHENTICATED')
  const authorization = own ? {} : { authorization: `Bearer ${token.get()}` }
  const sent = { 'content-type': 'application/json', accept: 'application/json', ...authorization, ...headers }
  const begun = performance.now()
  let response, answer
  try {
    response = await fetch('/graphql', { method: 'POST', headers: sent, body: JSON.stringify(named(params)) })
    answer = await response.json()
  } catch (error) {
    return refusal('unreachable', 'UNREACHABLE', error.message)
  }
  admit(response)
  if (params.operationName !== 'IntrospectionQuery') {
    const { data, errors, extensions } = answer
    last.set({ millis: performance.now() - begun, status: response.status, refused: refusals(data), errors, extensions })
  }
  return answer
}

/// The schema as text; nothing, where it is not shown.
export async function askSchema() {
  if (!token.get()) return trouble.set('missing')
  try {
    const response = await fetch('/schema.graphql', { headers: { authorization: `Bearer ${token.get()}` } })
    admit(response)
    if (response.ok) return await response.text()
    if (response.status === 403) trouble.set('hidden')
  } catch {
    trouble.set('unreachable')
  }
  return undefined
}

/// Takes note of whether the token was good.
function admit(response) {
  const why = response.headers.get('www-authenticate') ?? ''
  const reason = why.includes('expired') ? 'expired' : why.includes('error=') ? 'refused' : 'missing'
  trouble.set(response.status === 401 ? reason : null)
}

/// GraphiQL notices a moment late that the text is another one: it would ask by a name that is no longer in it.
function named({ operationName, ...params }) {
  const isThere = new RegExp(`\\b(query|mutation|subscription)\\s+${operationName}\\b`).test(params.query)
  return isThere ? { ...params, operationName } : params
}

/// How many user errors the payloads of mutations hold.
function refusals(data) {
  const payloads = Object.values(data ?? {}).filter(payload => Array.isArray(payload?.userErrors))
  return payloads.reduce((sum, payload) => sum + payload.userErrors.length, 0)
}

function refusal(why, code, detail = '') {
  trouble.set(why)
  return { errors: [{ message: `${TROUBLE[why]} ${detail}`.trim(), extensions: { code } }] }
}
