// The token: kept for this browser tab only, and what can be read in it without its key.
import { cell } from './cell.js'

const KEY = 'fieldgate:token'

export const token = cell(sessionStorage.getItem(KEY) ?? '')

/// Takes what somebody typed or pasted, with or without the word in front of it.
export function setToken(text) {
  const next = text.trim().replace(/^(authorization:\s*)?bearer\s+/i, '')
  if (next) sessionStorage.setItem(KEY, next)
  else sessionStorage.removeItem(KEY)
  if (next !== token.get()) token.set(next)
}

/// The claims of a token. The server decides; this is only to show whose it is and until when.
export function claimsOf(text) {
  try {
    const bytes = atob(text.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))
    const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, letter => letter.charCodeAt(0))))
    return claims && typeof claims === 'object' ? claims : null
  } catch {
    return null
  }
}
