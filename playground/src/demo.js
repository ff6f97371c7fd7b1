// The demo's tenants and roles with their tokens, where the page is served by the demo.
import { cell } from './cell.js'
import { setToken, token } from './token.js'

/// `[{slug, name, tokens: [{role, token}]}]`; null, where this is no demo.
export const companies = cell(null)

const address = document.querySelector('meta[name=fieldgate-demo]').content

export async function findCompanies() {
  if (!address) return
  try {
    companies.set((await (await fetch(address)).json()).companies)
    // A newcomer should see data before they see a form.
    if (!token.get()) become(0, 'MANAGER')
  } catch {
    companies.set(null)
  }
}

export function become(company, role) {
  const { tokens } = companies.get()[company]
  setToken((tokens.find(known => known.role === role) ?? tokens[0]).token)
}

/// Which company and role a token is of: `{company, role}`; null, if of none.
export function whose(companies, token) {
  for (const [company, { tokens }] of (companies ?? []).entries()) {
    const known = tokens.find(known => known.token === token)
    if (known) return { company, role: known.role }
  }
  return null
}
