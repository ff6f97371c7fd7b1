// What a person does with the explorer of a demo: node browse.mjs BASE EXPIRED-TOKEN FOLDER-FOR-PICTURES.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { browser, Person } from './page.mjs'

const [base, expired, folder] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
const picture = (person, name) => person.page.screenshot({ path: join(folder, `${name}.png`) })
const isOurs = word => word.includes('401')

const chromium = await browser()
let last
try {
  await atADesk()
  await withMarkup()
  await withTokens()
  await onAPhone()
} catch (error) {
  await last?.page.screenshot({ path: join(folder, 'failed.png') }).catch(() => {})
  console.error(`${error.stack}\nThe page: ${join(folder, 'failed.png')}\n${last?.wrong.join('\n')}`)
  process.exitCode = 1
} finally {
  await chromium.close()
}

async function atADesk() {
  const context = await chromium.newContext({ viewport: { width: 1400, height: 840 }, colorScheme: 'dark' })
  const person = (last = await Person.at(context, base))
  const { page } = person
  await person.row('customers').waitFor()
  assert.equal(await page.locator('#role').inputValue(), 'MANAGER')
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  assert.ok(ground.match(/\d+/g).slice(0, 3).every(part => part < 80), `${ground} is not dark`)

  // The first query, by keyboard alone: the editor has the focus.
  await person.press('Control+Enter')
  await person.sees('"totalCount"', '"contacts"')
  await person.status('statements')
  await picture(person, 'desk')

  // A query by clicking, and by keyboard.
  await page.getByRole('button', { name: 'New tab' }).click()
  await page.locator('.graphiql-query-editor .CodeMirror').click()
  await person.press('Control+A')
  await person.press('Delete')
  // The tree follows the text after a moment.
  await person.row('customers', 'totalCount').waitFor({ state: 'detached' })
  await person.row('loads').click()
  await person.row('loads', 'nodes').click()
  await person.row('loads', 'nodes', 'number').click()
  await person.row('loads', 'nodes', 'status').focus()
  await person.press('Enter')
  const built = (await person.query()).replace(/\s+/g, ' ')
  assert.match(built, /\{ loads \{ nodes \{ number status \} \} \}/)
  await person.runs()
  await person.sees('"number": "L-')

  // A mutation, a refusal by the rules, a refusal by the role.
  await person.opens('Create one with an address')
  await person.runs()
  await person.sees('"displayName": "Harbor Lights Bakery"', '"userErrors": []')
  await person.opens('See what a refusal looks like')
  await person.runs()
  await person.sees('"customer": null', '"NOT_FOUND"')
  await person.status('refusals')
  await page.locator('#role').selectOption('VIEWER')
  await page.waitForFunction(() => document.querySelector('.result-window .CodeMirror').CodeMirror.getValue() === '')
  await person.opens('Create one with an address')
  await person.runs()
  await person.sees('"FORBIDDEN"')
  await person.status('1 error')
  await person.opens('First page, with contacts')
  await person.runs()
  await person.status('hidden')

  // Another company.
  await page.locator('#company').selectOption({ label: 'Cascade Climate & Rental' })
  await person.opens('Who the token says you are')
  await person.runs()
  await person.sees('"slug": "cascade"', '"VIEWER"')

  // The schema as text, which the server shows with the token only.
  const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the schema' }).click()])
  assert.match(readFileSync(await saved.path(), 'utf8'), /^type Customer implements Node /m)

  // Docs, history, settings: each opens, and no rule of the page's policy is broken.
  await person.panel('Show Documentation Explorer')
  await page.locator('.graphiql-doc-explorer').getByText('Mutation').first().waitFor()
  await person.panel('Show History')
  await page.locator('.graphiql-history').getByText('CustomerCreate').first().waitFor()
  await person.panel('Open settings dialog')
  await page.getByRole('button', { name: 'Light' }).click()
  await page.waitForFunction(() => getComputedStyle(document.body).colorScheme === 'light')
  await picture(person, 'light')
  await page.getByRole('button', { name: 'Dark' }).click()
  await person.press('Escape')
  await page.locator('.graphiql-dialog').waitFor({ state: 'detached' })
  assert.deepEqual(person.wrong, [])
  await context.close()
}

/// Markup in values, names, messages and claims is shown as text: it becomes no element, and does not run.
async function withMarkup() {
  const context = await chromium.newContext({ viewport: { width: 1400, height: 840 } })
  const person = (last = await Person.at(context, base))
  const { page } = person
  const markup = id => `<img src="data:," id="${id}" onerror="window.ran = '${id}'"><script>window.ran = '${id}'</script>`
  const quoted = id => JSON.stringify(markup(id))
  const asks = async query => {
    await page.evaluate(text => document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.setValue(text), query)
    await person.runs()
  }
  await asks(`# ${markup('comment')}
    mutation Marked { customerCreate(input: { name: ${quoted('value')}, type: BROKER, notes: ${quoted('notes')} }) {
      customer { displayName notes } userErrors { code } } }`)
  await person.sees('"displayName": "<img', 'id=\\"notes\\"')
  await asks(`{ customers(where: { type: { eq: ${quoted('message')} } }) { totalCount } }`)
  await person.sees('"errors"', '<img')
  // The editor marks the same mistake, and says so where the mouse is.
  await page.locator('.graphiql-query-editor .CodeMirror-lint-mark-error').first().hover()
  await page.locator('.CodeMirror-lint-tooltip', { hasText: '<img' }).first().waitFor()
  await person.panel('Show History')
  await page.locator('.graphiql-history').getByText('Marked').first().waitFor()
  await page.locator('.result-window').hover()
  // The claims of a token that nobody has verified yet are shown beside it.
  const claims = Buffer.from(JSON.stringify({ sub: markup('claim'), exp: 4e9 })).toString('base64url')
  await person.shows(`e30.${claims}.e30`)
  await page.locator('.until', { hasText: '<img' }).waitFor()
  await person.trouble('does not accept this token')
  const found = await page.evaluate(() => [window.ran, document.querySelectorAll('[onerror]').length])
  assert.deepEqual(found, [undefined, 0])
  assert.deepEqual(person.wrong.filter(word => !isOurs(word)), [])
  await context.close()
}

async function withTokens() {
  const context = await chromium.newContext({ viewport: { width: 1280, height: 800 } })
  const person = (last = await Person.at(context, base))
  const { page } = person
  await page.locator('#role').selectOption('TECHNICIAN')
  await page.getByRole('button', { name: 'Headers' }).click()
  await page.locator('.graphiql-editor-tool .CodeMirror:visible').click()
  await page.keyboard.insertText('{ "x-mine": "kept for this tab" }')
  // Changing tabs has GraphiQL take note of the headers, which its history would keep for ever.
  await page.getByRole('button', { name: 'New tab' }).click()
  await page.locator('.graphiql-tab-button').first().click()
  await person.runs()
  await person.sees('"totalCount"')
  await page.reload()
  await person.row('customers').waitFor()
  assert.equal(await page.locator('#role').inputValue(), 'TECHNICIAN', 'the tab forgot its token')
  // Another tab of the same browser knows nothing of it, and nothing of it is on the disk.
  const other = await Person.at(context, base)
  await other.row('customers').waitFor()
  assert.equal(await other.page.locator('#role').inputValue(), 'MANAGER', 'another tab knows the token')
  const history = await page.evaluate(() => sessionStorage.getItem('graphiql:queries'))
  assert.ok(history.includes('totalCount'), 'the history is kept')
  const kept = await page.evaluate(() => JSON.stringify(localStorage))
  for (const secret of ['eyJ', 'x-mine', 'totalCount']) assert.ok(!kept.includes(secret), `${secret} is kept for all tabs: ${kept}`)
  assert.deepEqual([...person.wrong, ...other.wrong], [])

  // Nothing can be asked without a token, and nothing is.
  await person.shows('')
  await person.trouble('There is no token')
  await person.runs()
  await person.sees('"UNAUTHENTICATED"')
  assert.deepEqual(person.wrong, [])
  // Late, and wrong; the browser itself says on the console that it was told 401.
  await person.shows(`Bearer ${expired}`)
  await person.trouble('The token has expired')
  await picture(person, 'expired')
  await person.shows('nonsense')
  await person.trouble('does not accept this token')
  await page.locator('#company').selectOption({ index: 1 })
  await page.locator('#trouble').waitFor({ state: 'hidden' })
  assert.deepEqual(person.wrong.filter(word => !isOurs(word)), [])
  await context.close()
}

async function onAPhone() {
  const context = await chromium.newContext({
    viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true, isMobile: true,
  })
  const person = (last = await Person.at(context, base))
  const { page } = person
  await person.runs()
  await person.sees('"totalCount"')
  assert.equal(await person.overflow(), 0)
  await picture(person, 'phone')
  await costs(person)
  await person.panel('Show Query builder')
  await person.row('customers').waitFor()
  assert.equal(await person.overflow(), 0)
  await picture(person, 'phone-tree')
  await person.opens('The last visits')
  await person.runs()
  await person.sees('"serviceRecords"')
  assert.equal(await person.overflow(), 0)
  for (const control of ['#company', '#role', '#token', '.graphiql-execute-button']) {
    const box = await page.locator(control).boundingBox()
    assert.ok(box.x >= 0 && box.x + box.width <= 390, `${control} is off the page`)
  }
  assert.deepEqual(person.wrong, [])
  await context.close()
}

/// A server that says what a request costs is shown to say so.
async function costs(person) {
  await person.page.route('**/graphql', async route => {
    const response = await route.fetch()
    const answer = await response.json()
    answer.extensions.cost = { requested: 120, actual: 80 }
    await route.fulfill({ response, json: answer })
  })
  await person.runs()
  await person.status('cost 80 of 120')
}
