// The line below the answer: what the last request took.
import { useState } from 'react'
import { last } from './ask.js'
import { useCell } from './cell.js'

export function Status() {
  const told = useCell(last)
  if (!told) return <p id="status" role="status">Ctrl-Enter runs the query</p>
  const { millis, status, refused, errors, extensions = {} } = told
  const { statements, cost, redacted, requestId } = extensions
  const wrong = (errors?.length ?? 0) + refused
  return (
    <p id="status" role="status" className={wrong ? 'wrong' : ''}>
      {status === 200 ? null : <span>status {status}</span>}
      {errors?.length ? <span>{count(errors.length, 'error')}</span> : null}
      {refused ? <span>{count(refused, 'refusal')}</span> : null}
      {statements === undefined ? null : <span>{count(statements, 'statement')}</span>}
      {cost ? <span title="asked for, and used">cost {cost.actual ?? '?'} of {cost.requested}</span> : null}
      {redacted?.length ? <span title={redacted.join('\n')}>{count(redacted.length, 'hidden field')}</span> : null}
      <span>{Math.round(millis)} ms</span>
      {requestId ? <Copied text={requestId} /> : null}
    </p>
  )
}

const count = (number, what) => `${number} ${what}${number === 1 ? '' : 's'}`

function Copied({ text }) {
  const [copied, setCopied] = useState('')
  const copy = () => navigator.clipboard?.writeText(text).then(() => setCopied(text), () => {})
  return (
    <button type="button" title="Copy the request's id" onClick={copy}>{copied === text ? 'copied' : text.slice(0, 12)}</button>
  )
}
