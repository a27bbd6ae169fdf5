'use client'

import { Eye, EyeOff, Search } from 'lucide-react'
import { useState } from 'react'
import type { RefCallBack } from 'react-hook-form'
import { DiscoveredInput } from '@/components/forms/discovered-input'
import { DiscoveryOutcome } from '@/components/forms/discovery-outcome'
import { controlOf, type FieldValue } from '@/components/forms/driver-values'
import type { FormSpec } from '@/components/forms/form-spec'
import { SizeInput } from '@/components/forms/size-input'
import { type Discovery, useDiscovery } from '@/components/forms/use-discovery'
import { Button } from '@/components/ui/button'
import { Note } from '@/components/ui/feedback'
import { type ControlProps, Field, Input, Textarea } from '@/components/ui/field'
import { RelativeTime } from '@/components/ui/relative-time'
import { Select } from '@/components/ui/select'
import { SwitchRow } from '@/components/ui/switch-row'

export interface StoredSecret {
  has_secret: boolean
  updated_at: string | null
}

export interface BoundField {
  value: FieldValue | undefined
  onChange: (value: FieldValue) => void
  onBlur: () => void
  ref: RefCallBack
}

interface Props {
  spec: FormSpec
  name: string
  field: BoundField
  error: string | undefined
  /** Why this field cannot change any more. */
  fixed: string | undefined
  secret: StoredSecret | undefined
  /** Why what is stored does not do and is to be entered again. */
  again?: string | undefined
  /** It may stay empty as such, but not with the other values as they are. */
  isNeeded?: boolean
  /** What stands in the form now, for a field that the storage can be asked about. */
  discoveryBody?: () => Record<string, unknown>
}

function PasswordInput({ value, ...rest }: React.ComponentProps<'input'> & { value: string }) {
  const [shown, setShown] = useState(false)
  const Icon = shown ? EyeOff : Eye
  return (
    <span className="relative block">
      <Input
        {...rest}
        value={value}
        type={shown ? 'text' : 'password'}
        autoComplete="new-password"
        className="pr-10 font-mono"
      />
      {value !== '' && (
        <button
          type="button"
          aria-label={shown ? 'Hide what was typed' : 'Show what was typed'}
          onClick={() => setShown(!shown)}
          className="absolute top-1 right-1 inline-flex size-7 items-center justify-center rounded-sm text-faint hover:text-ink"
        >
          <Icon aria-hidden className="size-4" />
        </button>
      )}
    </span>
  )
}

/** One field of a backend form, from the driver's hint and schema. */
export function DriverField({ spec, name, field, error, fixed, secret, again, isNeeded, discoveryBody }: Props) {
  const question = spec.fields[name]?.optionsFrom ?? ''
  const asked = useDiscovery(spec.discoveries[question] ?? '', name, () => ({
    ...discoveryBody?.(),
    discovery: question,
  }))
  const discovery = question === '' || discoveryBody === undefined ? undefined : asked
  const hint = spec.fields[name]
  const about = spec.facts[name]
  if (!hint || !about) return null
  const control = controlOf(spec, name)
  const help = fixed ?? hint.help

  if (control === 'switch') {
    return (
      <SwitchRow
        label={hint.label}
        help={help}
        error={error}
        disabled={fixed !== undefined}
        checked={field.value === true}
        onChange={(checked) => field.onChange(checked)}
      />
    )
  }
  return (
    <Field
      label={hint.label}
      help={help}
      error={error}
      optional={about.isOptional && about.fallback === undefined && !about.isSecret && !isNeeded}
      aside={
        discovery && (
          <Button
            variant="ghost"
            size="sm"
            icon={Search}
            pending={discovery.pending}
            onClick={discovery.look}
            className="-my-1"
          >
            {discovery.label}
          </Button>
        )
      }
    >
      {(attributes) => (
        <>
          {secret?.has_secret && again === undefined && (
            <p className="text-12 text-muted">
              Set <RelativeTime at={secret.updated_at} />. Leave it empty to keep it.
            </p>
          )}
          {/* Always there, so that it is read out when it is filled. The error says the same. */}
          {secret?.has_secret && (
            <div role="status">{again !== undefined && error !== again && <Note kind="warning">{again}</Note>}</div>
          )}
          <ValueControl
            attributes={attributes}
            control={control}
            field={field}
            disabled={fixed !== undefined}
            placeholder={secret?.has_secret && again === undefined ? '••••••••' : hint.placeholder}
            choices={(about.options ?? Object.keys(hint.choices ?? {})).map((value) => ({
              value,
              label: hint.choices?.[value] ?? value,
            }))}
            discovery={discovery}
            name={name}
          />
          {discovery && <DiscoveryOutcome discovery={discovery} />}
        </>
      )}
    </Field>
  )
}

function ValueControl({
  attributes,
  control,
  field,
  disabled,
  placeholder,
  choices,
  discovery,
  name,
}: {
  attributes: ControlProps
  control: ReturnType<typeof controlOf>
  field: BoundField
  disabled: boolean
  placeholder: string | undefined
  choices: { value: string; label: string }[]
  discovery: Discovery | undefined
  name: string
}) {
  const { onChange, onBlur, ref } = field
  const value = typeof field.value === 'string' ? field.value : ''
  const rest = { ...attributes, onBlur, disabled, placeholder, name, ref }
  if (control === 'select') {
    return (
      <Select
        {...attributes}
        name={name}
        value={value}
        onChange={onChange}
        onBlur={onBlur}
        choices={choices}
        disabled={disabled}
      />
    )
  }
  if (control === 'size') {
    return (
      <SizeInput
        {...attributes}
        value={value}
        onChange={onChange}
        onBlur={onBlur}
        placeholder={placeholder}
        disabled={disabled}
      />
    )
  }
  if (control === 'multiline') {
    return <Textarea {...rest} value={value} onChange={(event) => onChange(event.target.value)} />
  }
  if (control === 'password') {
    return <PasswordInput {...rest} value={value} onChange={(event) => onChange(event.target.value)} />
  }
  const look = control === 'path' ? 'font-mono text-13' : ''
  if (discovery) {
    return <DiscoveredInput {...rest} value={value} onChange={onChange} found={discovery.choices} className={look} />
  }
  return (
    <Input
      {...rest}
      value={value}
      inputMode={control === 'number' ? 'numeric' : undefined}
      onChange={(event) => onChange(event.target.value)}
      className={look}
    />
  )
}
