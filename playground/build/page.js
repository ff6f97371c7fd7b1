// The page: script and style put into it, and a fingerprint of what it was built from.
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'

/// What the page is built from; tests/explorer.rs reads the same list in the same order.
const SOURCES = ['build', 'examples', 'index.html', 'package-lock.json', 'package.json', 'src', 'vite.config.js']

/// SHA-256 over every source: its path, a zero byte, its text, a zero byte; paths in byte order.
export function fingerprint(root) {
  const hash = createHash('sha256')
  for (const path of SOURCES.flatMap(name => filesOf(join(root, name))).map(path => relative(root, path)).sort()) {
    hash.update(path).update('\0').update(readFileSync(join(root, path))).update('\0')
  }
  return hash.digest('base64')
}

function filesOf(path) {
  try {
    return readdirSync(path).flatMap(name => filesOf(join(path, name)))
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path]
    throw error
  }
}

/// A Vite plugin: the only output is index.html.
export function oneFile(print) {
  return {
    name: 'one-file',
    enforce: 'post',
    // Behind everything else, so that the script is as it would be written.
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const page = bundle['index.html']
        let html = page.source
        for (const [name, file] of Object.entries(bundle)) {
          if (file === page) continue
          delete bundle[name]
          if (name.endsWith('.css')) {
            html = html.replace(/\s*<link rel="stylesheet"[^>]*>/, () => `\n<style>${file.source}</style>`)
          } else {
            // A text in the script must not end it, nor hide its end.
            const code = file.code.replaceAll('</script', '\\x3c/script').replaceAll('<!--', '\\x3c!--').trim()
            html = html.replace(/\s*<script [^>]*src="[^"]*"[^>]*><\/script>/, '')
            html = html.replace('</body>', () => `<script type="module">${code}</script>\n</body>`)
          }
        }
        page.source = html.replace('<title>', `<meta name="fieldgate-source" content="${print}">\n<title>`)
      },
    },
  }
}
