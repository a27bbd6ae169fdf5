'use client'

import { Autocomplete } from '@base-ui/react/autocomplete'
import { Checkbox as BaseCheckbox } from '@base-ui/react/checkbox'
import { Select as BaseSelect } from '@base-ui/react/select'
import { Switch as BaseSwitch } from '@base-ui/react/switch'
import { Check, ChevronsUpDown, Minus } from 'lucide-react'
import { type ComponentProps, type ReactNode, useId } from 'react'
import { cn } from '@/components/ui/cn'

export const CONTROL =
  'h-9 w-full min-w-0 rounded-md border border-control bg-surface px-2.5 text-14 text-ink transition-colors duration-100 hover:border-ink-faint focus-visible:outline-offset-0 aria-invalid:border-critical disabled:bg-sunken disabled:text-muted data-disabled:bg-sunken'

export interface ControlProps {
  id: string
  'aria-describedby': string | undefined
  'aria-invalid': true | undefined
}

/** Label above, help or error under the control. The error replaces nothing: help stays, since it says how to be right. */
export function Field({
  label,
  help,
  error,
  optional,
  aside,
  className,
  children,
}: {
  label: ReactNode
  help?: ReactNode
  error?: string | undefined
  optional?: boolean | undefined
  /** At the right end of the label line. */
  aside?: ReactNode
  className?: string
  children: (control: ControlProps) => ReactNode
}) {
  const id = useId()
  const described = [error ? `${id}-error` : '', help ? `${id}-help` : ''].filter(Boolean).join(' ')
  return (
    <div className={cn('flex min-w-0 flex-col gap-1.5', className)}>
      <div className="flex items-baseline justify-between gap-2">
        <label htmlFor={id} className="text-13 font-medium">
          {label}
          {optional && <span className="ml-1.5 font-normal text-faint">optional</span>}
        </label>
        {aside}
      </div>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {error && (
        <p id={`${id}-error`} className="text-13 text-critical" aria-live="polite">
          {error}
        </p>
      )}
      {help && (
        <p id={`${id}-help`} className="text-12 text-muted">
          {help}
        </p>
      )}
    </div>
  )
}

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input autoComplete="off" spellCheck={false} {...rest} className={cn(CONTROL, className)} />
}

export function Textarea({ className, ...rest }: ComponentProps<'textarea'>) {
  return (
    <textarea
      spellCheck={false}
      {...rest}
      className={cn(CONTROL, 'h-auto min-h-24 py-2 font-mono text-13', className)}
    />
  )
}

export interface SelectChoice {
  value: string
  label: string
  detail?: string | undefined
}

const OPTION =
  'grid min-h-8 cursor-default select-none grid-cols-[16px_minmax(0,1fr)] items-center gap-2 rounded-md px-2 py-1 text-13 outline-none data-highlighted:bg-hover'

export function Select({
  value,
  onChange,
  onBlur,
  choices,
  placeholder = 'Choose',
  className,
  disabled,
  name,
  ...control
}: Partial<ControlProps> & {
  value: string
  onChange: (value: string) => void
  onBlur?: (() => void) | undefined
  choices: readonly SelectChoice[]
  placeholder?: string
  className?: string
  disabled?: boolean | undefined
  name?: string
  'aria-label'?: string
}) {
  return (
    <BaseSelect.Root
      items={[...choices]}
      value={value === '' ? null : value}
      onValueChange={(next: string | null) => onChange(next ?? '')}
      onOpenChange={(open) => {
        if (!open) onBlur?.()
      }}
      disabled={disabled ?? false}
      {...(name ? { name } : {})}
    >
      <BaseSelect.Trigger
        {...control}
        className={cn(CONTROL, 'flex items-center justify-between gap-2 text-left', className)}
      >
        <BaseSelect.Value placeholder={placeholder} className="min-w-0 truncate data-placeholder:text-faint" />
        <BaseSelect.Icon className="text-faint">
          <ChevronsUpDown aria-hidden className="size-3.5" />
        </BaseSelect.Icon>
      </BaseSelect.Trigger>
      <BaseSelect.Portal>
        <BaseSelect.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-60 outline-none">
          <BaseSelect.Popup className="popup max-h-(--available-height) min-w-(--anchor-width) max-w-[min(420px,calc(100vw-16px))] overflow-y-auto p-1">
            <BaseSelect.List>
              {choices.map((choice) => (
                <BaseSelect.Item key={choice.value} value={choice.value} className={OPTION}>
                  <BaseSelect.ItemIndicator className="col-start-1">
                    <Check aria-hidden className="size-4" />
                  </BaseSelect.ItemIndicator>
                  <span className="col-start-2 min-w-0">
                    <BaseSelect.ItemText className="block truncate">{choice.label}</BaseSelect.ItemText>
                    {choice.detail && <span className="block text-12 text-muted">{choice.detail}</span>}
                  </span>
                </BaseSelect.Item>
              ))}
            </BaseSelect.List>
          </BaseSelect.Popup>
        </BaseSelect.Positioner>
      </BaseSelect.Portal>
    </BaseSelect.Root>
  )
}

/** Free text with suggestions. */
export function Suggest({
  value,
  onChange,
  suggestions,
  className,
  ...rest
}: Omit<ComponentProps<'input'>, 'value' | 'onChange'> & {
  value: string
  onChange: (value: string) => void
  suggestions: readonly { value: string; label?: string | undefined; detail?: string | undefined }[]
}) {
  return (
    <Autocomplete.Root
      items={[...suggestions]}
      itemToStringValue={(item: { value: string }) => item.value}
      value={value}
      onValueChange={(next) => onChange(next)}
      openOnInputClick
    >
      <Autocomplete.Input autoComplete="off" spellCheck={false} {...rest} className={cn(CONTROL, className)} />
      <Autocomplete.Portal>
        <Autocomplete.Positioner sideOffset={4} className="z-60 outline-none">
          <Autocomplete.Popup className="popup max-h-[min(280px,var(--available-height))] w-(--anchor-width) overflow-y-auto p-1 data-empty:hidden">
            <Autocomplete.List>
              {(item: { value: string; label?: string; detail?: string }) => (
                <Autocomplete.Item
                  key={item.value}
                  value={item}
                  className="flex min-h-8 cursor-default select-none flex-col justify-center rounded-md px-2 py-1 text-13 outline-none data-highlighted:bg-hover"
                >
                  <span className="truncate font-mono text-12">{item.label ?? item.value}</span>
                  {item.detail && <span className="truncate text-12 text-muted">{item.detail}</span>}
                </Autocomplete.Item>
              )}
            </Autocomplete.List>
          </Autocomplete.Popup>
        </Autocomplete.Positioner>
      </Autocomplete.Portal>
    </Autocomplete.Root>
  )
}

/** On or off, with its label and help to the left of it. */
export function SwitchRow({
  label,
  help,
  checked,
  onChange,
  disabled,
  error,
}: {
  label: ReactNode
  help?: ReactNode
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean | undefined
  error?: string | undefined
}) {
  const id = useId()
  return (
    <div className="flex items-start justify-between gap-4">
      <div className="min-w-0">
        <label id={`${id}-label`} htmlFor={id} className="text-13 font-medium">
          {label}
        </label>
        {help && (
          <p id={`${id}-help`} className="mt-0.5 text-12 text-muted">
            {help}
          </p>
        )}
        {error && <p className="mt-0.5 text-13 text-critical">{error}</p>}
      </div>
      <BaseSwitch.Root
        id={id}
        aria-labelledby={`${id}-label`}
        aria-describedby={help ? `${id}-help` : undefined}
        checked={checked}
        onCheckedChange={(next) => onChange(next)}
        disabled={disabled ?? false}
        className="relative mt-0.5 inline-flex h-5 w-9 shrink-0 cursor-pointer items-center rounded-full bg-control p-0.5 transition-colors duration-100 data-checked:bg-accent-fill data-disabled:opacity-50"
      >
        <BaseSwitch.Thumb className="size-4 rounded-full bg-white transition-transform duration-100 data-checked:translate-x-4" />
      </BaseSwitch.Root>
    </div>
  )
}

export function Checkbox({
  label,
  checked,
  indeterminate,
  onChange,
  className,
}: {
  label: string
  checked: boolean
  indeterminate?: boolean
  onChange: (checked: boolean) => void
  className?: string
}) {
  return (
    <BaseCheckbox.Root
      aria-label={label}
      checked={checked}
      indeterminate={indeterminate ?? false}
      onCheckedChange={(next) => onChange(next)}
      className={cn(
        'relative inline-flex size-4 shrink-0 cursor-pointer items-center justify-center rounded-sm border border-control bg-surface after:absolute after:-inset-2 after:content-[""] data-checked:border-accent-fill data-checked:bg-accent-fill data-indeterminate:border-accent-fill data-indeterminate:bg-accent-fill',
        className,
      )}
    >
      <BaseCheckbox.Indicator className="text-white">
        {indeterminate ? (
          <Minus aria-hidden className="size-3" strokeWidth={3} />
        ) : (
          <Check aria-hidden className="size-3" strokeWidth={3} />
        )}
      </BaseCheckbox.Indicator>
    </BaseCheckbox.Root>
  )
}
