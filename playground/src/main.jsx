// The explorer: GraphiQL with a tree of the schema, a bar that says who is asking, and what each answer took.
import { explorerPlugin } from '@graphiql/plugin-explorer'
import { GraphiQL } from 'graphiql'
import { createRoot } from 'react-dom/client'
import { createPortal } from 'react-dom'
import 'graphiql/style.css'
import '@graphiql/plugin-explorer/style.css'
import './style.css'
import { ask } from './ask.js'
import { Bar } from './bar.jsx'
import { findCompanies } from './demo.js'
import { FIRST } from './examples.js'
import { examplesPlugin } from './menu.jsx'
import { sessionHeaders } from './headers.js'
import { Schema } from './schema.jsx'
import { Status } from './status.jsx'
import { storage } from './storage.js'
import { openByKeyboard, TREE } from './tree.js'

const bar = document.getElementById('bar')
const tree = { ...explorerPlugin(), title: TREE }
const plugins = [tree, examplesPlugin]
const isWide = window.matchMedia('(min-width: 800px)').matches

// With the demo's token in hand, the first thing to be seen is data.
await findCompanies()
createRoot(document.getElementById('explorer')).render(
  <GraphiQL
    fetcher={ask}
    plugins={plugins}
    defaultQuery={FIRST}
    defaultHeaders={sessionHeaders()}
    shouldPersistHeaders={false}
    defaultEditorToolsVisibility={isWide}
    storage={storage}
  >
    <GraphiQL.Logo>
      <Schema />
    </GraphiQL.Logo>
    <GraphiQL.Footer><Status /></GraphiQL.Footer>
    {createPortal(<Bar isWide={isWide} />, bar)}
  </GraphiQL>,
)
openByKeyboard(document.getElementById('explorer'))
