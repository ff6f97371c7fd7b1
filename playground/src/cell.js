// A value that components watch.
import { useSyncExternalStore } from 'react'

export function cell(value) {
  const watchers = new Set()
  return {
    get: () => value,
    set(next) {
      value = next
      for (const watcher of watchers) watcher()
    },
    watch(watcher) {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
  }
}

export const useCell = cell => useSyncExternalStore(cell.watch, cell.get)
