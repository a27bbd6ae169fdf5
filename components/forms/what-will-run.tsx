'use client'

import { useDeferredValue, useMemo } from 'react'
import { checkValues, type FieldValues } from '@/components/forms/driver-values'
import { CodeBlock } from '@/components/ui/code-block'
import { Panel } from '@/components/ui/feedback'
import { mountCommands } from '@/lib/drivers/mounting/commands'
import { commandLine } from '@/lib/drivers/preview'
import type { AnyDescriptor } from '@/lib/drivers/registry'
import { mountRequestFor } from '@/lib/drivers/requests'
import { mountNameOf, mountPointOf } from '@/lib/mounts/mount-name'

/** The commands of a mount, word for word, as soon as the form is complete. */
export function WhatWillRun({
  descriptor,
  values,
  stored,
  name,
}: {
  descriptor: AnyDescriptor
  values: FieldValues
  stored: Record<string, unknown> | undefined
  name: string
}) {
  const current = useDeferredValue(values)
  const target = mountPointOf(mountNameOf(name) || 'name')
  const commands = useMemo(() => {
    const { config } = checkValues(descriptor, current, stored)
    const request = config && mountRequestFor(descriptor.id, config, { mountId: '', path: target, readOnly: false })
    return request ? mountCommands(request).map(commandLine) : null
  }, [descriptor, current, stored, target])
  if (!descriptor.mounting) return null
  return (
    <Panel title="What will run, exactly">
      {commands === null ? (
        <p className="text-13 text-muted">Fill in the required fields to see the commands of a mount.</p>
      ) : (
        <div className="space-y-2">
          <p className="text-13 text-muted">
            When it is mounted as <span className="font-mono text-12">{target}</span>, on each of its hosts:
          </p>
          {commands.map((command) => (
            <CodeBlock key={command} text={command} label="Command" />
          ))}
        </div>
      )}
    </Panel>
  )
}
