'use client'

import { useEffect, useRef } from 'react'

interface DraftShape {
  name: string
  config: Record<string, string | boolean>
}

/**
 * Keeps what was typed through a reload, in this tab only and never a secret. With `key` null nothing is kept.
 * `restore` gets the kept values once, after the first render.
 */
export function useDraft(
  key: string | null,
  values: DraftShape,
  restore: (kept: DraftShape) => void,
  { without }: { without: readonly string[] },
) {
  const item = key === null ? null : `holdfast-draft:${key}`
  const restored = useRef(false)
  const restoreLatest = useRef(restore)
  restoreLatest.current = restore
  const current = useRef(values)
  current.current = values

  useEffect(() => {
    if (item === null || restored.current) return
    restored.current = true
    const text = sessionStorage.getItem(item)
    if (!text) return
    const kept = JSON.parse(text) as DraftShape
    restoreLatest.current({ name: kept.name, config: { ...current.current.config, ...kept.config } })
  }, [item])

  useEffect(() => {
    if (item === null || !restored.current) return
    const config = Object.fromEntries(Object.entries(values.config).filter(([name]) => !without.includes(name)))
    sessionStorage.setItem(item, JSON.stringify({ name: values.name, config }))
  }, [item, values, without])

  return {
    forget: () => {
      if (item === null) return
      restored.current = false
      sessionStorage.removeItem(item)
    },
  }
}
