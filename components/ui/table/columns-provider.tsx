'use client'

import { createContext, type ReactNode, useContext, useMemo, useState } from 'react'
import { COLUMNS_COOKIE, rememberAppearance } from '@/components/layout/appearance'
import { type ColumnChoice, toggled } from '@/components/ui/table/column-choice'

const Context = createContext<{ choice: ColumnChoice; choose: (choice: ColumnChoice) => void }>({
  choice: {},
  choose: () => {},
})

/** `initial` is what the server knows of the columns that were chosen in this browser, so that a page comes with them. */
export function ColumnsProvider({ initial, children }: { initial: ColumnChoice; children: ReactNode }) {
  const [choice, setChoice] = useState(initial)
  const value = useMemo(() => {
    const choose = (next: ColumnChoice) => {
      rememberAppearance(COLUMNS_COOKIE, JSON.stringify(next))
      setChoice(next)
    }
    return { choice, choose }
  }, [choice])
  return <Context value={value}>{children}</Context>
}

const AS_AT_FIRST: readonly string[] = []

/** The columns of a table that are not as at first, and the means to change them. */
export function useColumnChoice(table: string) {
  const { choice, choose } = useContext(Context)
  return {
    changed: choice[table] ?? AS_AT_FIRST,
    toggle: (id: string) => choose(toggled(choice, table, id)),
    reset() {
      const { [table]: _forgotten, ...others } = choice
      choose(others)
    },
  }
}
