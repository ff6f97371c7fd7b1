// What GraphiQL keeps: layout and theme between visits; tabs, queries, variables and history, in which personal data may stand,
// for this browser tab only. No header is in the history, because a token may stand in one.
const PREFIX = 'graphiql:'
const OF_HISTORY = ['graphiql:queries', 'graphiql:favorites']
const BETWEEN_VISITS = /^graphiql:(theme|\w*Flex)$/

const storeOf = key => (BETWEEN_VISITS.test(key) ? localStorage : sessionStorage)
const own = () => [localStorage, sessionStorage].flatMap(store => Object.keys(store)).filter(key => key.startsWith(PREFIX))

function withoutHeaders(text) {
  return JSON.stringify(JSON.parse(text), (key, value) => (key === 'headers' ? undefined : value))
}

export const storage = {
  get length() {
    return own().length
  },
  getItem: key => storeOf(key).getItem(key),
  setItem: (key, value) => storeOf(key).setItem(key, OF_HISTORY.includes(key) ? withoutHeaders(value) : value),
  removeItem: key => storeOf(key).removeItem(key),
  clear: () => own().forEach(key => storeOf(key).removeItem(key)),
}
