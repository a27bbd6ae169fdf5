'use client'

import { Plus, X } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import { Button, IconButton } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { Select, type SelectChoice } from '@/components/ui/select'
import { SwitchRow } from '@/components/ui/switch-row'
import type { EnvRow, MountRow, PortRow } from '@/components/workloads/containers/container-draft'

/** What is wrong with a field, by its name in the API. */
type Wrong = (field: string) => string | undefined

/** Rows that can be added and taken away. */
export function Rows<Row extends { key: number }>({
  title,
  add,
  rows,
  blank,
  onChange,
  children,
}: {
  title: string
  /** On the button, and of one row. */
  add: string
  rows: readonly Row[]
  blank: Omit<Row, 'key'>
  onChange: (rows: Row[]) => void
  children: (row: Row, at: number, change: (over: Partial<Row>) => void) => ReactNode
}) {
  const heading = useId()
  const next = Math.max(0, ...rows.map(({ key }) => key)) + 1
  return (
    <section aria-labelledby={heading} className="space-y-3 border-t border-line pt-4">
      <div className="flex items-center justify-between gap-2">
        <h3 id={heading} className="text-13 font-medium">
          {title}
        </h3>
        <Button size="sm" icon={Plus} onClick={() => onChange([...rows, { ...blank, key: next } as Row])}>
          {add}
        </Button>
      </div>
      {rows.map((row, at) => (
        <div key={row.key} className="flex items-start gap-2">
          <div className="min-w-0 flex-1">
            {children(row, at, (over) =>
              onChange(rows.map((each) => (each.key === row.key ? { ...each, ...over } : each))),
            )}
          </div>
          <IconButton
            icon={X}
            label={`Take away row ${at + 1} of ${title.toLowerCase()}`}
            className="mt-7"
            onClick={() => onChange(rows.filter(({ key }) => key !== row.key))}
          />
        </div>
      ))}
    </section>
  )
}

export function EnvRows({
  rows,
  wrong,
  onChange,
}: {
  rows: readonly EnvRow[]
  wrong: Wrong
  onChange: (rows: EnvRow[]) => void
}) {
  return (
    <Rows title="Environment" add="Variable" rows={rows} blank={{ name: '', value: '' }} onChange={onChange}>
      {(row, at, change) => (
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="Name" error={wrong(`env.${at}`) ?? wrong(`env.${row.name}`)}>
            {(control) => (
              <Input
                {...control}
                value={row.name}
                maxLength={128}
                onChange={(event) => change({ name: event.target.value.trim() })}
              />
            )}
          </Field>
          <Field label="Value">
            {(control) => (
              <Input
                {...control}
                type="password"
                autoComplete="off"
                value={row.value}
                maxLength={8192}
                onChange={(event) => change({ value: event.target.value })}
              />
            )}
          </Field>
        </div>
      )}
    </Rows>
  )
}

const PROTOCOLS = [
  { value: 'tcp', label: 'TCP' },
  { value: 'udp', label: 'UDP' },
]

export function PortRows({
  rows,
  wrong,
  onChange,
}: {
  rows: readonly PortRow[]
  wrong: Wrong
  onChange: (rows: PortRow[]) => void
}) {
  const blank = { hostPort: '', containerPort: '', protocol: 'tcp' }
  return (
    <Rows title="Ports" add="Port" rows={rows} blank={blank} onChange={onChange}>
      {(row, at, change) => (
        <div className="grid grid-cols-2 gap-3 sm:grid-cols-3">
          <Field label="On the host" error={wrong(`ports.${at}.host_port`)}>
            {(control) => (
              <Input
                {...control}
                inputMode="numeric"
                value={row.hostPort}
                maxLength={5}
                onChange={(event) => change({ hostPort: event.target.value.trim() })}
              />
            )}
          </Field>
          <Field label="Inside" error={wrong(`ports.${at}.container_port`)}>
            {(control) => (
              <Input
                {...control}
                inputMode="numeric"
                value={row.containerPort}
                maxLength={5}
                onChange={(event) => change({ containerPort: event.target.value.trim() })}
              />
            )}
          </Field>
          <Field label="Protocol">
            {(control) => (
              <Select
                {...control}
                value={row.protocol}
                choices={PROTOCOLS}
                onChange={(protocol) => change({ protocol })}
              />
            )}
          </Field>
        </div>
      )}
    </Rows>
  )
}

export function MountRows({
  rows,
  choices,
  wrong,
  onChange,
}: {
  rows: readonly MountRow[]
  choices: readonly SelectChoice[]
  wrong: Wrong
  onChange: (rows: MountRow[]) => void
}) {
  const blank = { mountId: '', subPath: '', target: '', readOnly: false }
  return (
    <Rows title="Mounts" add="Mount" rows={rows} blank={blank} onChange={onChange}>
      {(row, at, change) => (
        <div className="space-y-3">
          <div className="grid gap-3 sm:grid-cols-3">
            <Field label="Mount" error={wrong(`mounts.${at}.mount_id`)}>
              {(control) => (
                <Select
                  {...control}
                  value={row.mountId}
                  choices={choices}
                  onChange={(mountId) => change({ mountId })}
                />
              )}
            </Field>
            <Field label="Directory" optional error={wrong(`mounts.${at}.sub_path`)}>
              {(control) => (
                <Input
                  {...control}
                  value={row.subPath}
                  placeholder="All of it"
                  maxLength={1024}
                  onChange={(event) => change({ subPath: event.target.value.trim() })}
                />
              )}
            </Field>
            <Field label="Path inside" error={wrong(`mounts.${at}.target`)}>
              {(control) => (
                <Input
                  {...control}
                  value={row.target}
                  placeholder="/data"
                  maxLength={1024}
                  onChange={(event) => change({ target: event.target.value.trim() })}
                />
              )}
            </Field>
          </div>
          <SwitchRow
            label="Read-only"
            checked={row.readOnly}
            error={wrong(`mounts.${at}.read_only`)}
            onChange={(readOnly) => change({ readOnly })}
          />
        </div>
      )}
    </Rows>
  )
}
