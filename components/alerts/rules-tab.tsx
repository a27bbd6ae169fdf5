'use client'

import { useQuery } from '@tanstack/react-query'
import { Pencil, X } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useState } from 'react'
import { alertRules } from '@/components/alerts/alert-queries'
import { KIND_WORDS } from '@/components/alerts/alert-words'
import { isAsDelivered, ruleInWords } from '@/components/alerts/rule-words'
import { usePollInterval } from '@/components/data/live'
import { ProblemNote } from '@/components/data/problem-note'
import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { useMay } from '@/components/layout/person'
import { Button, IconButton } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'
import { Panel, Skeleton } from '@/components/ui/feedback'
import { Status } from '@/components/ui/status'
import type { OverrideView, RuleView } from '@/lib/alert-rules/schema'

const EditRule = dynamic(() => import('@/components/alerts/edit-rule').then((module) => module.EditRule), {
  ssr: false,
})

function Override({ rule, override }: { rule: RuleView; override: OverrideView }) {
  const [isEditing, setEditing] = useState(false)
  const mayWrite = useMay('attention.write')
  const { subject, in_force: force } = override
  const remove = useAction<void, unknown>({
    run: () => request(`/api/v1/alert-rules/${rule.kind}/overrides/${subject.id}`, { method: 'DELETE' }),
    topics: ['attention'],
    done: () => `The rule as a whole holds for ${subject.name} again`,
  })
  const words = ruleInWords({ ...rule, warning: force.warning, critical: force.critical })
  return (
    <li className="flex flex-wrap items-center gap-x-3 text-12 text-muted">
      <Link href={`/${subject.kind}s/${subject.id}`} prefetch={false} className="font-medium text-ink hover:underline">
        {subject.name}
      </Link>
      <span className="min-w-0 flex-1">{force.enabled ? words : 'Off'}</span>
      {mayWrite && (
        <span className="flex">
          <IconButton icon={Pencil} label={`Change it for ${subject.name}`} onClick={() => setEditing(true)} />
          <IconButton icon={X} label={`Take back for ${subject.name}`} onClick={() => remove.mutate()} />
        </span>
      )}
      {isEditing && <EditRule rule={rule} override={override} onClose={() => setEditing(false)} />}
    </li>
  )
}

function Rule({ rule }: { rule: RuleView }) {
  const [editing, setEditing] = useState<'whole' | 'own' | null>(null)
  const mayChange = useMay('system.admin')
  const mayWrite = useMay('attention.write')
  const name = KIND_WORDS[rule.kind]
  return (
    <li className="px-4 py-3 text-13">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-1">
        <Status
          {...(rule.enabled ? { tone: 'healthy', word: 'On' } : { tone: 'off', word: 'Off' })}
          // On a phone there is room for what is not as people expect it.
          className={cn('w-12 shrink-0', rule.enabled && 'max-sm:hidden')}
        />
        <div className="min-w-0 flex-1 basis-36">
          <p className="font-medium">{name}</p>
          <p className="text-12 text-muted">
            {ruleInWords(rule)}
            {!isAsDelivered(rule) && rule.by !== null && ` · changed by ${rule.by}`}
          </p>
        </div>
        <span className="flex gap-2">
          {mayWrite && rule.subjects.length > 0 && (
            <Button size="sm" onClick={() => setEditing('own')}>
              For one
            </Button>
          )}
          {mayChange && (
            <Button size="sm" onClick={() => setEditing('whole')} aria-label={`Change ${name}`}>
              Change
            </Button>
          )}
        </span>
      </div>
      {rule.overrides.length > 0 && (
        <ul aria-label={`${name}: different for`} className="mt-1 space-y-0.5 sm:pl-16">
          {rule.overrides.map((override) => (
            <Override key={override.subject.id} rule={rule} override={override} />
          ))}
        </ul>
      )}
      {editing !== null && <EditRule rule={rule} isForOne={editing === 'own'} onClose={() => setEditing(null)} />}
    </li>
  )
}

/** From where on something is trouble. */
export function RulesTab() {
  const { data, error } = useQuery({ ...alertRules(), refetchInterval: usePollInterval() })
  if (!data) return error ? <ProblemNote error={error} /> : <Skeleton className="h-64 w-full" />
  return (
    <Panel title="Rules" flush>
      <ul className="divide-y divide-line">
        {data.data.map((rule) => (
          <Rule key={rule.kind} rule={rule} />
        ))}
      </ul>
    </Panel>
  )
}
