'use client'

import { Tabs as Base } from '@base-ui/react/tabs'
import { type ReactNode, useEffect, useRef } from 'react'
import { useUrlParameter } from '@/components/ui/use-url-parameter'

export interface Tab {
  id: string
  label: string
  count?: number | undefined
  content: ReactNode
}

/** Tabs that keep themselves in the address, so that a link leads to what was seen. */
export function Tabs({ tabs, label, parameter = 'tab' }: { tabs: Tab[]; label: string; parameter?: string }) {
  const first = tabs[0]?.id ?? ''
  const [wanted, setWanted] = useUrlParameter(parameter)
  const value = tabs.some((tab) => tab.id === wanted) ? wanted : first
  const list = useRef<HTMLDivElement>(null)
  // An address may lead to one that a phone has no room for.
  useEffect(() => {
    const active = list.current?.querySelector(`[data-tab="${CSS.escape(value)}"]`)
    active?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [value])
  return (
    <Base.Root value={value} onValueChange={(next: string) => setWanted(next === first ? '' : next)}>
      <Base.List
        ref={list}
        aria-label={label}
        className="relative flex gap-1 overflow-x-auto border-b border-line [scrollbar-width:none]"
      >
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.id}
            value={tab.id}
            data-tab={tab.id}
            className="-outline-offset-2 -mb-px inline-flex h-10 shrink-0 items-center gap-1.5 border-b-2 border-transparent px-2.5 text-13 font-medium text-muted hover:text-ink data-active:border-ink data-active:text-ink"
          >
            {tab.label}
            {tab.count !== undefined && (
              <span className="tabular rounded-full bg-hover px-1.5 text-12 text-muted">{tab.count}</span>
            )}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.id} value={tab.id} className="pt-5 outline-offset-4">
          {tab.content}
        </Base.Panel>
      ))}
    </Base.Root>
  )
}
