'use client'

import { useDeferredValue, useMemo } from 'react'
import type { FieldValues } from '@/components/forms/driver-values'
import type { FormRules } from '@/components/forms/form-rules'
import { CodeBlock } from '@/components/ui/code-block'
import { Panel } from '@/components/ui/feedback'
import type { ShownMount } from '@/lib/drivers/shown-mount'
import { mountNameOf, mountPointOf } from '@/lib/mounts/mount-name'

/** Commands to copy, and below them what they are on other hosts. */
export function ShownCommands({ commands, notes }: ShownMount) {
  return (
    <>
      {commands.map((command) => (
        <CodeBlock key={command} text={command} label="Command" />
      ))}
      {notes.map((note) => (
        <p key={note} className="text-13 text-muted">
          {note}
        </p>
      ))}
    </>
  )
}

/** The commands of a mount, word for word, as soon as the form is complete. */
export function WhatWillRun({ rules, values, name }: { rules: FormRules | null; values: FieldValues; name: string }) {
  const current = useDeferredValue(values)
  const target = mountPointOf(mountNameOf(name) || 'name')
  const shown = useMemo(() => rules?.commands(current, target) ?? null, [rules, current, target])
  return (
    <Panel title="What will run, exactly">
      {shown === null ? (
        <p className="text-13 text-muted">Fill in the required fields to see the commands of a mount.</p>
      ) : (
        <div className="space-y-2">
          <p className="text-13 text-muted">
            When it is mounted as <span className="font-mono text-12">{target}</span>, on each of its hosts:
          </p>
          <ShownCommands {...shown} />
        </div>
      )}
    </Panel>
  )
}
