// The tree of the schema by keyboard: its rows are plain spans, made for the mouse alone.
/// What its panel is called.
export const TREE = 'Query builder'

/// Opens the panel as a click does: GraphiQL lays out a panel that is set from outside as if it were closed.
export const openTree = () => document.querySelector(`button[aria-label="Show ${TREE}"]`)?.click()

const ROW = '.graphiql-explorer-root span[style*="cursor: pointer"], .graphiql-explorer-root [data-arg-name] > span'

export function openByKeyboard(root) {
  const mark = () => {
    for (const row of root.querySelectorAll(ROW)) {
      if (row.tabIndex !== 0) row.tabIndex = 0
      if (row.getAttribute('role') !== 'button') row.setAttribute('role', 'button')
    }
  }
  new MutationObserver(mark).observe(root, { childList: true, subtree: true })
  root.addEventListener('keydown', event => {
    if ((event.key !== 'Enter' && event.key !== ' ') || event.ctrlKey || event.metaKey) return
    if (!event.target.matches?.(ROW)) return
    event.preventDefault()
    event.target.click()
  })
}
