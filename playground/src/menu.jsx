// The panel of examples; each opens in a tab of its own.
import { useEditorContext } from '@graphiql/react'
import { EXAMPLES } from './examples.js'

const groups = Object.entries(Object.groupBy(EXAMPLES, example => example.group))

function Examples() {
  const { addTab, queryEditor, variableEditor, headerEditor } = useEditorContext({ nonNull: true })
  const open = ({ query, variables }) => {
    const headers = headerEditor?.getValue() ?? ''
    addTab()
    // The new tab is made while React works; its text is set behind that.
    setTimeout(() => {
      queryEditor?.setValue(query)
      variableEditor?.setValue(variables)
      headerEditor?.setValue(headers)
      queryEditor?.focus()
    })
  }
  return (
    <section id="examples" aria-label="Examples">
      <h2>Examples</h2>
      {groups.map(([group, examples]) => (
        <div key={group}>
          <h3>{group}</h3>
          {examples.map(example => (
            <button key={example.title} type="button" onClick={() => open(example)}>{example.title}</button>
          ))}
        </div>
      ))}
    </section>
  )
}

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M5 4h14v16H5zM9 9h6M9 13h6M9 17h3" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  )
}

export const examplesPlugin = { title: 'Examples', icon: Icon, content: Examples }
