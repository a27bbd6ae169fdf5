'use client'

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { problemOf } from '@/components/data/problem-note'
import { formSpecOf } from '@/components/forms/driver-rules'
import { type FieldValues, initialValues, isVisible, toConfig } from '@/components/forms/driver-values'
import type { FormSpec } from '@/components/forms/form-spec'
import { secretsAgainOnHost } from '@/components/forms/secrets-again'
import { useDriver } from '@/components/forms/use-driver'
import { type PlannedChange, requestPlan } from '@/components/plans/plan-request'
import type { BackendView } from '@/lib/backends/schema'
import type { MountOnHostView, MountOverrides, MountView } from '@/lib/mounts/schema'
import type { PlanView } from '@/lib/plans/schema'

/** `wish` null: nothing is to be different. */
export function overridesChange(mount: MountView, entry: MountOnHostView, wish: MountOverrides | null): PlannedChange {
  return { action: 'set_overrides', mount_id: mount.id, host_id: entry.host_id, change: wish }
}

/** The settings that are other than the backend's. */
function differences(spec: FormSpec, values: FieldValues, backend: BackendView): Record<string, unknown> {
  const everywhere = toConfig(spec, initialValues(spec, backend.config), false)
  const here = toConfig(spec, values, false)
  return Object.fromEntries(
    spec.overridable
      .filter((key) => here[key] !== undefined && here[key] !== everywhere[key])
      .map((key) => [key, here[key]]),
  )
}

export interface OverridesOf {
  mount: MountView
  entry: MountOnHostView
  backend: BackendView
  /** What the fields show at first. */
  start: MountOverrides | null
  /** Gets what was asked for, and the plan of it. */
  onReview: (wish: MountOverrides | null, plan: PlanView) => void
}

/** What is to differ on one host while it is typed. Suspends until the type is known. A setting that equals the backend's is no difference. */
export function useOverridesForm({ mount, entry, backend, start, onReview }: OverridesOf) {
  const descriptor = useDriver(backend.driver)
  const spec = descriptor ? formSpecOf(descriptor) : null
  const own = start ?? {}
  const [place, setPlace] = useState(own.mount_point ?? mount.mount_point)
  const [access, setAccess] = useState(own.read_only === undefined ? 'same' : own.read_only ? 'ro' : 'rw')
  const [values, setValues] = useState<FieldValues>(() =>
    spec ? initialValues(spec, { ...backend.config, ...own.config }) : {},
  )
  const plan = useMutation({
    mutationFn: (wish: MountOverrides | null) => requestPlan(overridesChange(mount, entry, wish)),
    onSuccess: (made, wish) => onReview(wish, made),
  })
  const names = (spec?.overridable ?? []).filter((name) => {
    const hint = spec?.fields[name]
    return hint !== undefined && isVisible(hint, values)
  })
  const here = spec ? differences(spec, values, backend) : {}
  const again: ReadonlyMap<string, string> = descriptor
    ? secretsAgainOnHost(descriptor, backend, { here, before: entry.overrides?.config ?? {} })
    : new Map()
  const wrong = wrongFields(plan.error)
  // A note as well would say the same twice; a field that is not drawn has nothing to stand under.
  const isUnderItsField =
    wrong.size > 0 &&
    [...wrong.keys()].every((name) => name === 'mount_point' || names.includes(name) || again.has(name))

  return {
    spec,
    place,
    setPlace,
    access,
    setAccess,
    values,
    setValue: (name: string, value: FieldValues[string]) => setValues((before) => ({ ...before, [name]: value })),
    /** Of the settings that may differ. */
    names,
    /** Stored secrets that are to be entered again, by field. */
    again,
    /** What the API refused, by field. */
    wrong,
    /** What it refused beyond the fields; null when nothing. */
    problem: plan.isError && !isUnderItsField ? plan.error : null,
    isPending: plan.isPending,
    review() {
      const entered = [...again.keys()].filter((name) => values[name]).map((name) => [name, values[name]])
      const config = { ...here, ...Object.fromEntries(entered) }
      plan.mutate({
        ...(place === mount.mount_point || place === '' ? {} : { mount_point: place }),
        ...(access === 'same' ? {} : { read_only: access === 'ro' }),
        ...(Object.keys(config).length === 0 ? {} : { config }),
      })
    },
    reviewNone: () => plan.mutate(null),
  }
}

function wrongFields(error: unknown): ReadonlyMap<string, string> {
  const fields = error === null ? [] : (problemOf(error).fields ?? [])
  return new Map(fields.map(({ field, message }) => [field.replace(/^config\./, ''), message]))
}
