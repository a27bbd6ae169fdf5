import type { ReactNode } from 'react'
import { Panel } from '@/components/ui/feedback'

export interface ActionRow {
  title: string
  /** What comes of it. */
  text: ReactNode
  button: ReactNode
}

/** What can be done with a thing for good, each with what comes of it. Nothing where there is nothing to do. */
export function ActionRows({ title, rows }: { title: string; rows: readonly (ActionRow | false)[] }) {
  const shown = rows.filter((row) => row !== false)
  if (shown.length === 0) return null
  return (
    <Panel title={title} flush>
      <ul className="divide-y divide-line">
        {shown.map((row) => (
          <li key={row.title} className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 px-4 py-3 text-13">
            <div className="min-w-0 flex-1 basis-64">
              <h3 className="font-medium">{row.title}</h3>
              <p className="max-w-[68ch] text-muted">{row.text}</p>
            </div>
            {row.button}
          </li>
        ))}
      </ul>
    </Panel>
  )
}
