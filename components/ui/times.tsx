'use client'

import { createContext, type ReactNode, useContext, useMemo, useState } from 'react'
import { exactTime, type TimeChoice, UTC } from '@/components/ui/exact-time'

const Context = createContext<{ choice: TimeChoice; choose: (choice: TimeChoice) => void }>({
  choice: UTC,
  choose: () => {},
})

/** `initial` is what the server knows of the person's choice. */
export function TimesProvider({ initial, children }: { initial: TimeChoice; children: ReactNode }) {
  const [choice, choose] = useState(initial)
  const value = useMemo(() => ({ choice, choose }), [choice])
  return <Context value={value}>{children}</Context>
}

export function useTimes() {
  const { choice, choose } = useContext(Context)
  return { ...choice, choose, exact: (iso: string) => exactTime(iso, choice.zone) }
}
