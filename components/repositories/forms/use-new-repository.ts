'use client'

import { useCallback, useState } from 'react'
import { problemOf } from '@/components/data/problem-note'
import { requestOne, WATCHED } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { targetBody } from '@/components/mounts/forms/target-picker'
import { useTargeting } from '@/components/mounts/forms/use-targeting'
import type { BackendView } from '@/lib/backends/schema'
import { mountNameOf } from '@/lib/mounts/mount-name'
import type { RepositoryView } from '@/lib/repositories/schema'

/** Of the name of a repository; its mount is called after it. */
const MOST = 57

function repositoryNameOf(text: string): string {
  return mountNameOf(text).slice(0, MOST).replace(/-+$/, '')
}

export function repositoryPlaceOf(name: string): string {
  return `/mnt/holdfast/repo-${name}`
}

/** Fields of the API at which a refusal is shown. */
export const DRAWN_FIELDS = [
  ...['name', 'backend_id', 'mount_path', 'disable_at_percent', 'enable_below_percent'],
  ...['host_ids', 'targets', 'target_labels'],
]

type Refusals = Partial<Record<string, string>>

/** A repository while it is filled in, tested and saved. */
export function useNewRepository(backends: readonly BackendView[], preset: string, onMade: (id: string) => void) {
  const targeting = useTargeting()
  const chosen = backends.find(({ id }) => id === preset)
  const [values, setValues] = useState({
    name: chosen ? repositoryNameOf(chosen.name) : '',
    backendId: chosen?.id ?? '',
    /** Empty: after the name. */
    place: '',
    disableAt: '95',
    enableBelow: '90',
  })
  const [isNameOwn, setNameOwn] = useState(false)
  const [refusals, setRefusals] = useState<Refusals>({})
  /** The operation of the test. */
  const [test, setTest] = useState('')
  const [isTesting, setTesting] = useState(false)
  const backend = backends.find(({ id }) => id === values.backendId)
  const isMounted = backend !== undefined && backend.driver !== 's3'

  function change(part: Partial<typeof values>) {
    if (part.name !== undefined) setNameOwn(part.name !== '')
    setRefusals({})
    setValues((before) => ({ ...before, ...part }))
  }
  function chooseBackend(backendId: string) {
    const name = isNameOwn ? values.name : repositoryNameOf(backends.find(({ id }) => id === backendId)?.name ?? '')
    setRefusals({})
    setTest('')
    setValues((before) => ({ ...before, backendId, name }))
  }
  function refuse(error: unknown) {
    const fields = problemOf(error).fields ?? []
    setRefusals(Object.fromEntries(fields.map(({ field, message }) => [field, message])))
    targeting.setError(fields.findLast(({ field }) => /^(?:host_ids|targets?|target_labels)$/.test(field))?.message)
  }
  const begin = useAction<void, { id: string }>({
    run: () =>
      requestOne(`/api/v1/storage/backends/${values.backendId}/test`, {
        method: 'POST',
        headers: WATCHED,
        body: targeting.targeted[0] === undefined ? {} : { host_id: targeting.targeted[0].id },
      }),
    topics: ['operation'],
    quiet: true,
    onSuccess: ({ id }) => {
      setTesting(true)
      setTest(id)
    },
  })
  const create = useAction<string, RepositoryView>({
    run: (tested) =>
      requestOne('/api/v1/repositories', {
        method: 'POST',
        headers: WATCHED,
        body: {
          name: values.name,
          backend_id: values.backendId,
          ...targetBody(targeting.chosen),
          ...(isMounted && values.place.trim() !== '' ? { mount_path: values.place.trim() } : {}),
          disable_at_percent: Number(values.disableAt),
          enable_below_percent: Number(values.enableBelow),
          tested,
        },
      }),
    topics: ['repository', 'mount', 'operation'],
    done: (_made, _tested) => `${values.name} is there`,
    quiet: true,
    onSuccess: ({ id }) => onMade(id),
  })
  function submit() {
    const found: Refusals = {
      ...(values.backendId === '' ? { backend_id: 'Choose a backend.' } : {}),
      ...(values.name.trim() === '' ? { name: 'Enter a name.' } : {}),
    }
    const { targets, hostIds } = targeting.chosen
    const mistake = targets === 'hosts' && hostIds.length === 0 ? 'Choose at least one host.' : undefined
    targeting.setError(mistake)
    setRefusals(found)
    if (Object.keys(found).length > 0 || mistake !== undefined) return
    create.reset()
    begin.mutate()
  }
  return {
    values,
    change,
    chooseBackend,
    backend,
    isMounted,
    targeting,
    refusals,
    submit,
    test,
    endTest: useCallback(() => setTesting(false), []),
    save: (tested: string) => create.mutate(tested, { onError: refuse }),
    isBusy: begin.isPending || isTesting || create.isPending,
    error: create.error ?? begin.error,
  }
}

export type NewRepositoryState = ReturnType<typeof useNewRepository>
