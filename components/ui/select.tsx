'use client'

import { Select as BaseSelect } from '@base-ui/react/select'
import { Check, ChevronsUpDown } from 'lucide-react'
import type { ReactNode, Ref } from 'react'
import { cn } from '@/components/ui/cn'
import { CONTROL, type ControlProps } from '@/components/ui/field'

export interface SelectChoice {
  value: string
  label: string
  detail?: string | undefined
  icon?: ReactNode
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
  ref,
  ...control
}: Partial<ControlProps> & {
  ref?: Ref<HTMLButtonElement>
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
  const chosen = choices.find((choice) => choice.value === value)
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
        {...(ref ? { ref } : {})}
        className={cn(CONTROL, 'flex items-center justify-between gap-2 text-left', className)}
      >
        {chosen?.icon}
        <BaseSelect.Value placeholder={placeholder} className="min-w-0 flex-1 truncate data-placeholder:text-faint" />
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
                  <span className="col-start-2 flex min-w-0 items-center gap-2">
                    {choice.icon}
                    <span className="min-w-0">
                      <BaseSelect.ItemText className="block truncate">{choice.label}</BaseSelect.ItemText>
                      {choice.detail && <span className="block text-12 text-muted">{choice.detail}</span>}
                    </span>
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
