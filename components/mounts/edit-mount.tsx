'use client'

import { zodResolver } from '@hookform/resolvers/zod'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Controller, useForm } from 'react-hook-form'
import type { z } from 'zod'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { hostList } from '@/components/data/queries'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { DriftChoice } from '@/components/mounts/drift-choice'
import { type Targeting, TargetPicker, targetBody, targetedHosts } from '@/components/mounts/target-picker'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Note, Skeleton } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { SwitchRow } from '@/components/ui/switch-row'
import { type MountView, UpdateMount } from '@/lib/mounts/schema'
import { ruleFrom } from '@/lib/mounts/targets'

type Values = z.input<typeof UpdateMount>

/** What will happen to the hosts, before it happens. */
function consequence(mount: MountView, hostIds: readonly string[]): string | null {
  const before = new Set(mount.hosts.filter((entry) => !entry.removing).map((entry) => entry.host_id))
  const added = hostIds.filter((id) => !before.has(id)).length
  const dropped = mount.hosts.filter((entry) => !hostIds.includes(entry.host_id)).map((entry) => entry.host_name)
  const parts = [
    added > 0 &&
      `${added === 1 ? '1 host gets it' : `${added} hosts get it`}${mount.desired_state === 'mounted' ? ' mounted' : ''}.`,
    dropped.length > 0 &&
      `It is unmounted from ${dropped.length <= 3 ? dropped.join(', ') : `${dropped.length} hosts`}.`,
  ].filter(Boolean)
  return parts.length > 0 ? parts.join(' ') : null
}

/** Name, hosts and options of a mount. Backend and path are what it is: another one is another mount. */
export function EditMount({ mount, onClose }: { mount: MountView; onClose: () => void }) {
  const { data: hosts } = useQuery(hostList())
  const { register, control, handleSubmit, formState, setError, watch } = useForm<Values>({
    resolver: zodResolver(UpdateMount),
    mode: 'onTouched',
    defaultValues: {
      name: mount.name,
      read_only: mount.read_only,
      auto_mount: mount.auto_mount,
      on_drift: mount.on_drift,
    },
  })
  const [targeting, setTargeting] = useState<Targeting>({
    targets: mount.targets,
    labels: mount.target_labels,
    hostIds: mount.hosts.filter((entry) => !entry.removing).map((entry) => entry.host_id),
  })
  const [targetError, setTargetError] = useState<string | undefined>()
  const update = useAction<Values, MountView>({
    run: (body) =>
      requestOne<MountView>(`/api/v1/storage/mounts/${mount.id}`, {
        method: 'PATCH',
        body,
        headers: { 'if-match': `"${mount.generation}"` },
      }),
    topics: ['mount', 'host', 'backend', 'operation'],
    done: (saved) => `Saved ${saved.name}`,
    quiet: true,
    onSuccess: onClose,
  })
  const submit = handleSubmit(async (entered) => {
    const values = { ...entered, ...targetBody(targeting) }
    const rule = ruleFrom(values)
    if ('field' in rule) return setTargetError(rule.message)
    setTargetError(undefined)
    try {
      await update.mutateAsync(values)
    } catch (error) {
      for (const { field, message } of problemOf(error).fields ?? []) {
        if (field === 'host_ids' || field === 'targets' || field === 'target_labels') setTargetError(message)
        if (field in values) setError(field as keyof Values, { type: 'api', message })
      }
    }
  })
  const { errors } = formState
  const notice = consequence(
    mount,
    hosts ? targetedHosts(targeting, hosts.data).map((host) => host.id) : targeting.hostIds,
  )
  const remounts = watch('read_only') !== mount.read_only
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Edit ${mount.name}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={formState.isSubmitting} onClick={() => void submit()}>
            Save changes
          </Button>
        </>
      }
    >
      <form noValidate onSubmit={(event) => void submit(event)} className="space-y-5">
        <Field label="Name" error={errors.name?.message}>
          {(attributes) => <Input {...attributes} {...register('name')} />}
        </Field>
        {hosts ? (
          <TargetPicker hosts={hosts.data} value={targeting} onChange={setTargeting} error={targetError} />
        ) : (
          <Skeleton className="h-24 w-full" />
        )}
        <Controller
          control={control}
          name="read_only"
          render={({ field }) => (
            <SwitchRow
              label="Read only"
              help="Nothing can be written through this mount."
              checked={field.value ?? false}
              onChange={field.onChange}
            />
          )}
        />
        <Controller
          control={control}
          name="on_drift"
          render={({ field }) => <DriftChoice value={field.value ?? 'report'} onChange={field.onChange} />}
        />
        <Controller
          control={control}
          name="auto_mount"
          render={({ field }) => (
            <SwitchRow
              label="Mount at boot"
              help="The host mounts it by itself when it starts, even while Holdfast is away."
              checked={field.value ?? true}
              onChange={field.onChange}
            />
          )}
        />
        {notice && <Note kind="warning">{notice}</Note>}
        {remounts && <Note kind="warning">Hosts on which it is mounted mount it again with the new access.</Note>}
        {update.isError && <ProblemNote error={update.error} />}
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
