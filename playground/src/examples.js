// The examples: one file each, with its title in the first line, and its variables in a JSON file of the same name.
const texts = import.meta.glob('../examples/*.graphql', { query: '?raw', import: 'default', eager: true })
const variables = import.meta.glob('../examples/*.json', { query: '?raw', import: 'default', eager: true })

/// `[{group, title, query, variables}]`, in the order of their file names.
export const EXAMPLES = Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, query]) => {
  const [group, title] = query.split('\n', 1)[0].replace(/^# /, '').split(': ')
  return { group, title, query, variables: variables[path.replace('.graphql', '.json')] ?? '' }
})

/// What stands in a new tab.
export const FIRST = EXAMPLES[0].query
