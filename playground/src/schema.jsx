// The schema as text: asked for with the token, and saved by the browser.
import { askSchema } from './ask.js'

export function Schema() {
  const save = async () => {
    const text = await askSchema()
    if (!text) return
    const href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
    Object.assign(document.createElement('a'), { href, download: 'schema.graphql' }).click()
    URL.revokeObjectURL(href)
  }
  return <button type="button" className="schema" title="schema.graphql, with every description" onClick={save}>Save the schema</button>
}
