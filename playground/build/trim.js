// What the page does without: fonts, style elements made by scripts, and two habits of the tree.

/// Three quarters of GraphiQL's style are fonts. src/style.css names the system's instead.
export function withoutFonts() {
  return {
    name: 'without-fonts',
    enforce: 'pre',
    transform(code, id) {
      if (id.endsWith('.css')) return { code: code.replace(/@font-face\s*\{[^}]*\}/g, ''), map: null }
    },
  }
}

/// Dialogs stop the page behind them from scrolling by a style element of their own, which the content security policy
/// refuses. The page never scrolls: what makes the element makes nothing.
export function withoutStyleTags() {
  return {
    name: 'without-style-tags',
    enforce: 'pre',
    resolveId: source => (source === 'react-style-singleton' ? '\0no-style' : null),
    load: id => (id === '\0no-style' ? 'export const styleSingleton = () => () => null' : null),
  }
}

/// The tree knows no lists: it complains of them on the console and shows nothing. It says what to do instead. And its
/// inputs take the focus as soon as they are there; they may where somebody is at work in the tree.
export function withTamedTree() {
  const habits = [
    [
      "console.error('arg mismatch between arg and selection', argType, argValue);",
      "input = React.createElement('small', null, 'a list: edit it in the text');",
    ],
    [
      '!(activeElement instanceof HTMLTextAreaElement)',
      "activeElement.closest('.graphiql-explorer-root')",
    ],
  ]
  return {
    name: 'with-tamed-tree',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('graphiql-explorer/dist/Explorer.js')) return null
      for (const [habit, instead] of habits) {
        if (!code.includes(habit)) throw new Error(`${id} no longer says ${habit}`)
        code = code.replaceAll(habit, instead)
      }
      return { code, map: null }
    },
  }
}
