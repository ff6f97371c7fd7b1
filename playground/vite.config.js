// Builds the explorer into one file that needs nothing else, the same bytes each time.
import { fileURLToPath } from 'node:url'
import { fingerprint, oneFile } from './build/page.js'
import { withTamedTree, withoutFonts, withoutStyleTags } from './build/trim.js'

const root = fileURLToPath(new URL('.', import.meta.url))

export default {
  root,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic' } },
  plugins: [withoutStyleTags(), withoutFonts(), withTamedTree(), oneFile(fingerprint(root))],
  build: {
    outDir: '../target/playground',
    emptyOutDir: true,
    target: 'es2022',
    // Those that know light-dark(), which would be written out for a theme of the system alone.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      output: { codeSplitting: false },
      // Directives for another bundler, in packages that are already compiled.
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
    },
  },
}
