'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { KIND_WORDS } from '@/components/alerts/alert-words'
import { figureWords, numberOf } from '@/components/alerts/rule-words'
import { isSaidAtFields, ProblemNote, problemOf } from '@/components/data/problem-note'
import { backendList, poolList } from '@/components/data/queries'
import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { SwitchRow } from '@/components/ui/switch-row'
import type { OverrideView, RuleView } from '@/lib/alert-rules/schema'

const FIELDS = ['warning', 'critical', 'lasts_minutes'] as const
type FieldName = (typeof FIELDS)[number]
const LABELS: Record<FieldName, string> = {
  warning: 'Warning',
  critical: 'Critical',
  lasts_minutes: 'Told after (minutes)',
}

/** What is set; an empty field is as it is without it. */
function firstValues(rule: RuleView, override: OverrideView | undefined, isForOne: boolean) {
  const text = (value: number | null | undefined) => (value === null || value === undefined ? '' : String(value))
  if (isForOne) return { warning: text(override?.warning), critical: text(override?.critical), lasts_minutes: '' }
  const own = (field: FieldName) => (rule[field] === rule.standard[field] ? '' : text(rule[field]))
  return { warning: own('warning'), critical: own('critical'), lasts_minutes: own('lasts_minutes') }
}

function useSubjects(isWanted: boolean): { value: string; label: string; detail: string }[] {
  const backends = useQuery({ ...backendList(), enabled: isWanted }).data?.data ?? []
  const pools = useQuery({ ...poolList(), enabled: isWanted }).data?.data ?? []
  return [
    ...backends.map(({ id, name }) => ({ value: id, label: name, detail: 'Backend' })),
    ...pools.map(({ id, name }) => ({ value: id, label: name, detail: 'Pool' })),
  ]
}

/** A rule as a whole, or what is different for one backend or pool. */
export function EditRule({
  rule,
  override,
  isForOne = override !== undefined,
  onClose,
}: {
  rule: RuleView
  /** What is different already. */
  override?: OverrideView
  isForOne?: boolean
  onClose: () => void
}) {
  const [subjectId, setSubjectId] = useState(override?.subject.id ?? '')
  const [isOn, setOn] = useState(override?.in_force.enabled ?? rule.enabled)
  const [values, setValues] = useState(() => firstValues(rule, override, isForOne))
  const subjects = useSubjects(isForOne && override === undefined)
  const without: RuleView['standard'] = isForOne ? rule : rule.standard
  const shown = FIELDS.filter((field) => (field === 'lasts_minutes' ? !isForOne : rule.standard[field] !== null))
  const path = `/api/v1/alert-rules/${rule.kind}${isForOne ? `/overrides/${subjectId}` : ''}`
  const save = useAction<void, unknown>({
    run: () =>
      request(path, {
        method: isForOne ? 'PUT' : 'PATCH',
        body: {
          enabled: isOn === without.enabled ? null : isOn,
          ...Object.fromEntries(shown.map((field) => [field, numberOf(values[field])])),
        },
      }),
    topics: ['attention', 'alert'],
    quiet: true,
    done: () => 'The rule is changed',
    onSuccess: onClose,
  })
  const refusals = Object.fromEntries(
    (save.isError ? (problemOf(save.error).fields ?? []) : []).map(({ field, message }) => [field, message]),
  )
  const isChosen = !isForOne || subjectId !== ''
  return (
    <FormDialog
      title={override ? `${KIND_WORDS[rule.kind]}: ${override.subject.name}` : KIND_WORDS[rule.kind]}
      {...(isForOne ? { description: 'An empty field is as the rule as a whole has it.' } : {})}
      submit={{ label: 'Save', pending: save.isPending }}
      onSubmit={() => isChosen && save.mutate()}
      onClose={onClose}
    >
      {isForOne && !override && (
        <Field label="Backend or pool" error={isChosen ? undefined : 'Choose one.'}>
          {(attributes) => <Select {...attributes} value={subjectId} onChange={setSubjectId} choices={subjects} />}
        </Field>
      )}
      {shown.map((field) => (
        <Field
          key={field}
          label={LABELS[field]}
          error={refusals[field]}
          help={
            field === 'lasts_minutes'
              ? `How long it has to be there before it is told; usually ${rule.standard.lasts_minutes}. 0: until it is seen twice.`
              : `Empty: ${figureWords(without[field] ?? 0, rule.unit)}. From ${rule.least} to ${figureWords(rule.most ?? 0, rule.unit)}.`
          }
        >
          {(attributes) => (
            <Input
              {...attributes}
              type="number"
              inputMode="decimal"
              placeholder={String(without[field] ?? '')}
              className="tabular"
              value={values[field]}
              onChange={(event) => setValues((before) => ({ ...before, [field]: event.target.value }))}
            />
          )}
        </Field>
      ))}
      <SwitchRow
        label="On"
        help="While it is off, it is no trouble: nothing is shown, and nobody is told."
        checked={isOn}
        onChange={setOn}
      />
      {save.isError && !isSaidAtFields(save.error, shown) && <ProblemNote error={save.error} />}
    </FormDialog>
  )
}
