'use client'

import { queryOptions, useQuery } from '@tanstack/react-query'
import { ClipboardReadiness } from '@/components/consoles/clipboard-readiness'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { useMay } from '@/components/layout/person'
import { Panel } from '@/components/ui/feedback'
import { SwitchRow } from '@/components/ui/switch-row'
import type { ChangeConsoleSettings, ConsoleSettings } from '@/lib/consoles/schema'

const pathOf = (workloadId: string) => `/api/v1/workloads/${workloadId}/console-settings`

export const consoleSettings = (workloadId: string) =>
  queryOptions({
    queryKey: ['console', 'settings', workloadId],
    queryFn: ({ signal }) => requestOne<ConsoleSettings>(pathOf(workloadId), { signal }),
  })

/** Which way the clipboard of a machine may go; administrators decide it. Nothing for who may not see its screen. */
export function ClipboardSettings({ workloadId }: { workloadId: string }) {
  const mayOpen = useMay('consoles.open')
  const mayDecide = useMay('consoles.admin')
  const { data: settings } = useQuery({ ...consoleSettings(workloadId), enabled: mayOpen })
  const { mutate: change, isPending } = useAction({
    run: (body: ChangeConsoleSettings) => requestOne<ConsoleSettings>(pathOf(workloadId), { method: 'PATCH', body }),
    done: () => 'Clipboard changed; open screens connect anew',
    topics: ['console'],
  })
  if (!settings) return null
  const isFixed = !mayDecide || isPending
  return (
    <Panel title="Clipboard of its screen">
      <div className="space-y-4">
        <ClipboardReadiness workloadId={workloadId} />
        <SwitchRow
          label="From a person to the machine"
          help="Texts of whoever may type there. Typing itself is always possible."
          checked={settings.clipboard_to_machine}
          disabled={isFixed}
          onChange={(isOn) => change({ clipboard_to_machine: isOn })}
        />
        <SwitchRow
          label="From the machine to a person"
          help="What is copied there, to administrators."
          checked={settings.clipboard_to_person}
          disabled={isFixed}
          onChange={(isOn) => change({ clipboard_to_person: isOn })}
        />
        {!mayDecide && <p className="text-12 text-muted">Administrators decide this.</p>}
      </div>
    </Panel>
  )
}
