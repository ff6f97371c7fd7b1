// What GraphiQL keeps between visits: tabs, history, layout and theme, but no header, because a token may stand in one.
const PREFIX = 'graphiql:'
const OF_HISTORY = ['graphiql:queries', 'graphiql:favorites']

const own = () => Object.keys(localStorage).filter(key => key.startsWith(PREFIX))

function withoutHeaders(text) {
  return JSON.stringify(JSON.parse(text), (key, value) => (key === 'headers' ? undefined : value))
}

export const storage = {
  get length() {
    return own().length
  },
  getItem: key => localStorage.getItem(key),
  setItem: (key, value) => localStorage.setItem(key, OF_HISTORY.includes(key) ? withoutHeaders(value) : value),
  removeItem: key => localStorage.removeItem(key),
  clear: () => own().forEach(key => localStorage.removeItem(key)),
}
