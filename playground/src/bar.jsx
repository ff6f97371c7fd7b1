// The bar: who is asking.
import { useEditorContext, useSchemaStore } from '@graphiql/react'
import { useEffect, useRef } from 'react'
import { last, trouble, TROUBLE } from './ask.js'
import { useCell } from './cell.js'
import { become, companies, whose } from './demo.js'
import { keepHeaders } from './headers.js'
import { claimsOf, setToken, token } from './token.js'
import { openTree } from './tree.js'

export function Bar({ isWide }) {
  const { introspect } = useSchemaStore()
  const { headerEditor, queryEditor, responseEditor } = useEditorContext({ nonNull: true })
  const held = useCell(token)
  useEffect(() => {
    if (!isWide || !queryEditor) return undefined
    // An input of the tree takes the focus where the editor does not have it.
    queryEditor.focus()
    // GraphiQL closes all panels when it has started, which is behind this.
    const soon = setTimeout(openTree)
    return () => clearTimeout(soon)
  }, [isWide, queryEditor])
  useEffect(() => (headerEditor ? keepHeaders(headerEditor) : undefined), [headerEditor])
  useEffect(() => token.watch(() => {
    // What somebody else was told is not what this one would be told.
    last.set(null)
    responseEditor?.setValue('')
    introspect()
  }), [introspect, responseEditor])
  return (
    <>
      <h1>Fieldgate</h1>
      <Switch held={held} />
      <Token held={held} />
      <Until held={held} />
      <Trouble />
    </>
  )
}

function Switch({ held }) {
  const known = useCell(companies)
  if (!known) return null
  const now = whose(known, held)
  const [company, role] = [now?.company ?? 0, now?.role ?? '']
  return (
    <>
      <label>
        <span>Company</span>
        <select id="company" value={now ? company : ''} onChange={event => become(Number(event.target.value), role)}>
          {now ? null : <option value="" disabled>another</option>}
          {known.map(({ slug, name }, index) => <option key={slug} value={index}>{name}</option>)}
        </select>
      </label>
      <label>
        <span>Role</span>
        <select id="role" value={role} onChange={event => become(company, event.target.value)}>
          {now ? null : <option value="" disabled>another</option>}
          {known[company].tokens.map(({ role }) => <option key={role}>{role}</option>)}
        </select>
      </label>
    </>
  )
}

function Token({ held }) {
  const input = useRef(null)
  useEffect(() => void (input.current.value = held), [held])
  const take = () => setToken(input.current.value)
  return (
    <label className="token">
      <span>Token</span>
      <input
        id="token" ref={input} autoComplete="off" spellCheck="false" title="Kept for this browser tab only"
        placeholder="fieldgate token --tenant SLUG --role MANAGER" onFocus={event => event.target.select()}
        onBlur={take} onKeyDown={event => event.key === 'Enter' && take()} onPaste={() => setTimeout(take)}
      />
    </label>
  )
}

function Until({ held }) {
  const claims = held && claimsOf(held)
  if (!held) return null
  if (!claims) return <small className="until">not a JSON Web Token</small>
  const over = claims.exp * 1000 < Date.now() ? 'expired' : 'until'
  const text = claims.exp ? `${over} ${new Date(claims.exp * 1000).toLocaleString()}` : ''
  return <small className="until" title={JSON.stringify(claims, null, 1)}>{claims.sub} {text}</small>
}

function Trouble() {
  const why = useCell(trouble)
  const another = why && why !== 'unreachable'
  return (
    <p id="trouble" role="alert" hidden={!why}>
      {why ? TROUBLE[why] : null}{' '}
      {another ? <>Put one above; <code>fieldgate token --tenant SLUG --role MANAGER</code> prints one.</> : null}
    </p>
  )
}
