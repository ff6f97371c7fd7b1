// Headers besides the token: kept for this browser tab only, like the token itself.
const KEY = 'fieldgate:headers'

export const sessionHeaders = () => sessionStorage.getItem(KEY) ?? undefined

/// Keeps what stands in the editor of headers.
export function keepHeaders(editor) {
  const keep = () => sessionStorage.setItem(KEY, editor.getValue())
  editor.on('change', keep)
  return () => editor.off('change', keep)
}
