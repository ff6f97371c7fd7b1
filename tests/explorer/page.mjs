// A browser, and what a person does on the explorer's page.
import { createRequire } from 'node:module'

const { chromium } = createRequire(new URL('../../playground/package.json', import.meta.url))('playwright-core')
const QUIET = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]

export async function browser() {
  const executablePath = process.env.FG_TEST_CHROMIUM
  if (!executablePath) throw new Error('run the tests with `cargo xtask test`, which sees to Chromium')
  return chromium.launch({ executablePath, args: QUIET, timeout: 180_000 })
}

/// A person at a page; `wrong` gathers what should not have happened.
export class Person {
  static async at(context, base) {
    const page = await context.newPage()
    const person = new Person(page, base)
    await person.open()
    return person
  }

  constructor(page, base) {
    Object.assign(this, { page, wrong: [] })
    this.address = `${base}/playground`
    // A machine that does other work too may be slow; what is missing is missing after three minutes.
    page.setDefaultTimeout(180_000)
    page.on('console', message => ['error', 'warning'].includes(message.type()) && this.wrong.push(message.text()))
    page.on('pageerror', error => this.wrong.push(error.stack))
    page.on('request', request => {
      const url = request.url()
      if (!url.startsWith(`${base}/`) && !url.startsWith('data:')) this.wrong.push(`asked ${url}`)
    })
  }

  /// Until the schema is there.
  async open() {
    await this.page.goto(this.address)
    await this.page.locator('.graphiql-query-editor .CodeMirror').waitFor()
  }

  /// The row of a field in the tree, by its path.
  row(...path) {
    const above = path.slice(0, -1).map(name => `.graphiql-explorer-${name}`)
    return this.page.locator(['.graphiql-explorer-root', ...above, `[data-field-name="${path.at(-1)}"]`].join(' ')).first()
  }

  query() {
    return this.page.evaluate(() => document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.getValue())
  }

  answer() {
    return this.page.evaluate(() => document.querySelector('.result-window .CodeMirror').CodeMirror.getValue())
  }

  /// Waits for an answer that holds all of these.
  async sees(...words) {
    const holds = words => {
      const text = document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()
      return words.every(word => text.includes(word))
    }
    await this.page.waitForFunction(holds, words).catch(async error => {
      throw new Error(`the answer should hold ${words.join(', ')}; it is ${await this.answer()}\n${error.message}`)
    })
  }

  status = text => this.page.locator('#status', { hasText: text }).waitFor()
  trouble = text => this.page.locator('#trouble:visible', { hasText: text }).waitFor()
  press = keys => this.page.keyboard.press(keys)
  runs = () => this.page.locator('.graphiql-execute-button').click()
  panel = name => this.page.getByRole('button', { name }).click()

  /// Shows a token at the door.
  async shows(token) {
    await this.page.locator('#token').fill(token)
    await this.press('Enter')
  }

  /// Until the tab is named after the operation: GraphiQL notes the text of an editor after a moment.
  async opens(example) {
    const examples = this.page.locator('#examples')
    if (!(await examples.isVisible())) await this.panel('Show Examples')
    await examples.getByRole('button', { name: example }).click()
    await this.page.waitForFunction(example => {
      const query = document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.getValue()
      const [, name] = query.match(/^(?:query|mutation) (\w+)/m)
      return query.includes(example) && document.querySelector('.graphiql-tab-active').textContent.includes(name)
    }, example)
  }

  /// How far the page is wider than its window.
  overflow() {
    return this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  }
}
