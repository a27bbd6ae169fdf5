'use client'

import { useState } from 'react'
import { problemOf } from '@/components/data/problem-note'
import type { FieldValues } from '@/components/forms/driver-values'
import { targetBody } from '@/components/mounts/forms/target-picker'
import { useTargeting } from '@/components/mounts/forms/use-targeting'
import type { EngineForms, PoolKind } from '@/components/pools/forms/pool-kinds'
import {
  FRESH_LIMITS,
  type LimitValues,
  limitsBody,
  type Refusals,
  settingsBody,
  settingsOf,
} from '@/components/pools/forms/pool-values'
import type { BackendView } from '@/lib/backends/schema'
import { mountNameOf } from '@/lib/mounts/mount-name'

/** Of the name of a pool; its mount is called after it. */
const MOST = 57

export function poolNameOf(text: string): string {
  return mountNameOf(text).slice(0, MOST).replace(/-+$/, '')
}

export function poolPlaceOf(name: string): string {
  return `/mnt/holdfast/${name}`
}

export interface NewPoolValues {
  name: string
  backendId: string
  /** Empty: after the name. */
  place: string
  settings: FieldValues
  limits: LimitValues
}

interface Given {
  backends: readonly BackendView[]
  kinds: readonly PoolKind[]
  forms: EngineForms
  /** Id of the backend to begin with. */
  preset: string
}

function firstValues({ backends, kinds, forms, preset }: Given): NewPoolValues {
  const backend = backends.find(({ id }) => id === preset)
  const kind = kinds.find(({ backendId }) => backendId === backend?.id)
  return {
    name: backend ? poolNameOf(backend.name) : '',
    backendId: backend?.id ?? '',
    place: '',
    settings: kind ? settingsOf(forms[kind.engine]) : {},
    limits: FRESH_LIMITS,
  }
}

/** What can be said without the API. */
function missing(values: NewPoolValues, kind: PoolKind | undefined): Refusals {
  return {
    ...(values.backendId === '' ? { backend_id: 'Choose a backend.' } : {}),
    ...(kind?.refusal ? { backend_id: kind.refusal } : {}),
    ...(values.name.trim() === '' ? { name: 'Enter a name.' } : {}),
  }
}

/** Of several hosts a pool that only one may open: said before it is refused. */
function targetMistake(kind: PoolKind | undefined, { targets, hostIds }: ReturnType<typeof targetsOf>): string | null {
  if (targets === 'hosts' && hostIds.length === 0) return 'Choose at least one host.'
  if (kind?.sharing !== 'one_host') return null
  if (targets === 'hosts' && hostIds.length === 1) return null
  return 'This storage may be open on one host at a time: choose exactly one.'
}

function targetsOf(targeting: ReturnType<typeof useTargeting>) {
  return targeting.chosen
}

/** A pool while it is filled in. */
export function useNewPool(given: Given) {
  const { backends, kinds, forms } = given
  const targeting = useTargeting()
  const [values, setValues] = useState(() => firstValues(given))
  const [isNameOwn, setNameOwn] = useState(false)
  const [refusals, setRefusals] = useState<Refusals>({})
  const [isReviewing, setReviewing] = useState(false)
  const kind = kinds.find(({ backendId }) => backendId === values.backendId)
  const backend = backends.find(({ id }) => id === values.backendId)
  const form = kind && forms[kind.engine]

  function change(part: Partial<NewPoolValues>) {
    if (part.name !== undefined) setNameOwn(part.name !== '')
    setRefusals((before) => ({ ...before, ...Object.fromEntries(Object.keys(part).map((key) => [key, undefined])) }))
    setValues((before) => ({ ...before, ...part }))
  }
  function chooseBackend(backendId: string) {
    const next = kinds.find((one) => one.backendId === backendId)
    const name = isNameOwn ? values.name : poolNameOf(backends.find(({ id }) => id === backendId)?.name ?? '')
    setRefusals({})
    setValues((before) => ({ ...before, backendId, name, settings: next ? settingsOf(forms[next.engine]) : {} }))
  }
  /** Is everything there that the review needs? What is not is said at its field. */
  function review() {
    const found = missing(values, kind)
    const mistake = targetMistake(kind, targetsOf(targeting))
    targeting.setError(mistake ?? undefined)
    setRefusals(found)
    if (Object.keys(found).length === 0 && mistake === null) setReviewing(true)
  }
  /** Back to the form, with what the API refused at its fields. */
  function refuse(error: unknown) {
    const fields = problemOf(error).fields ?? []
    setRefusals(Object.fromEntries(fields.map(({ field, message }) => [field, message])))
    targeting.setError(fields.findLast(({ field }) => /^(?:host_ids|targets?|target_labels)$/.test(field))?.message)
  }
  const body = {
    name: values.name,
    backend_id: values.backendId,
    ...targetBody(targeting.chosen),
    ...limitsBody(values.limits),
    ...(form ? { settings: settingsBody(form, values.settings) } : {}),
    ...(kind?.isMounted && values.place.trim() !== '' ? { mount_path: values.place.trim() } : {}),
  }
  return {
    values,
    change,
    chooseBackend,
    kind,
    backend,
    form,
    targeting,
    refusals,
    refuse,
    review,
    isReviewing,
    backToForm: () => setReviewing(false),
    body,
    place: kind?.isMounted ? values.place.trim() || poolPlaceOf(values.name || 'name') : null,
  }
}

export type NewPoolState = ReturnType<typeof useNewPool>
