'use client'

import { useEffect, useRef, useState } from 'react'
import { type Draft, draftText, restoredFrom } from '@/components/forms/draft'

/**
 * Keeps what was typed through a reload, in this tab only and never a secret. With `key` null nothing is kept.
 * `restore` gets the kept values once, after the first render; `isRestored` then says so until it is cleared.
 */
export function useDraft(
  key: string | null,
  values: Draft,
  restore: (kept: Draft) => void,
  { without, fresh }: { without: readonly string[]; fresh: Draft },
) {
  const item = key === null ? null : `holdfast-draft:${key}`
  const keeps = useRef(false)
  const [isRestored, setRestored] = useState(false)
  const latest = useRef({ restore, fresh, without })
  latest.current = { restore, fresh, without }

  useEffect(() => {
    if (item === null || keeps.current) return
    keeps.current = true
    const kept = restoredFrom(sessionStorage.getItem(item), latest.current.fresh, latest.current.without)
    if (kept === null) return
    latest.current.restore(kept)
    setRestored(true)
  }, [item])

  useEffect(() => {
    if (item !== null && keeps.current) sessionStorage.setItem(item, draftText(values, without))
  }, [item, values, without])

  return {
    isRestored,
    /** Back to the form as it was before anything was entered. */
    clear: () => {
      restore(fresh)
      setRestored(false)
    },
    /** Whoever leaves the form does not want to find it again. */
    forget: () => {
      if (item === null) return
      keeps.current = false
      sessionStorage.removeItem(item)
    },
  }
}
