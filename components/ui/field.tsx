'use client'

import { type ComponentProps, type ReactNode, useId } from 'react'
import { cn } from '@/components/ui/cn'

export const CONTROL =
  'h-9 w-full min-w-0 rounded-md border border-control bg-surface px-2.5 text-14 text-ink transition-colors duration-100 hover:border-faint focus-visible:outline-offset-0 aria-invalid:border-critical disabled:border-line disabled:bg-sunken disabled:text-muted data-disabled:border-line data-disabled:bg-sunken'

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
