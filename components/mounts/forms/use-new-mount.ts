'use client'

import { useState } from 'react'
import { useForm } from 'react-hook-form'
import type { z } from 'zod'
import { tellFields } from '@/components/forms/tell-fields'
import { targetBody, targetRefusal } from '@/components/mounts/forms/target-picker'
import { useTargeting } from '@/components/mounts/forms/use-targeting'
import { requestPlan } from '@/components/plans/plan-request'
import type { BackendView } from '@/lib/backends/schema'
import { mountNameOf, mountPointOf } from '@/lib/mounts/mount-name'
import type { CreateMount } from '@/lib/mounts/schema'
import { ruleFrom } from '@/lib/mounts/targets'
import type { PlanView } from '@/lib/plans/schema'

export type NewMountValues = z.input<typeof CreateMount>

/** A mount that is not saved, and the plan of what it would do. */
export interface PlannedMount {
  change: NewMountValues
  plan: PlanView
}

function initialValues(backend: BackendView | undefined): NewMountValues {
  const name = backend ? mountNameOf(backend.name) : ''
  return {
    name,
    backend_id: backend?.id ?? '',
    mount_point: backend ? mountPointOf(name) : '',
    read_only: false,
    auto_mount: true,
    on_drift: 'report',
    do_mount: true,
  }
}

/** A mount while it is typed in; `submit` asks for its plan, which is then reviewed. `backend` is chosen at first. */
export function useNewMount(backend: BackendView | undefined) {
  const targeting = useTargeting()
  const [failure, setFailure] = useState<unknown>(null)
  const [reviewing, setReviewing] = useState<PlannedMount | null>(null)
  const form = useForm<NewMountValues>({
    // With the library of schemas it comes when the first field is left.
    resolver: async (...entered) =>
      (await import('@/components/mounts/forms/new-mount-rules')).resolveNewMount(...entered),
    mode: 'onTouched',
    defaultValues: initialValues(backend),
  })
  /** What is wrong with the hosts shows beside what is wrong with the fields. */
  function flagTargets(entered: NewMountValues): boolean {
    const rule = ruleFrom({ ...entered, ...targetBody(targeting.chosen) })
    targeting.setError('field' in rule ? rule.message : undefined)
    return 'field' in rule
  }
  const submit = form.handleSubmit(
    async (entered) => {
      setFailure(null)
      if (flagTargets(entered)) return
      const change = { ...entered, ...targetBody(targeting.chosen) }
      try {
        setReviewing({ change, plan: await requestPlan({ action: 'create_mount', change }) })
      } catch (error) {
        tellFields(error, entered, form.setError)
        targeting.setError(targetRefusal(error))
        setFailure(error)
      }
    },
    () => void flagTargets(form.getValues()),
  )
  return { form, targeting, failure, reviewing, submit, backToForm: () => setReviewing(null) }
}
