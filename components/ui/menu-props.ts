import type { LucideIcon } from 'lucide-react'
import type { ReactElement, ReactNode, SyntheticEvent } from 'react'

export interface MenuProps {
  trigger: ReactElement<TriggerProps>
  children: ReactNode
  align?: 'start' | 'end'
  side?: 'bottom' | 'top'
}

export interface TriggerProps {
  onClick?: (event: SyntheticEvent) => void
  onPointerEnter?: () => void
  onFocus?: () => void
  'aria-haspopup'?: 'menu'
  'aria-expanded'?: boolean
}

export interface MenuItemProps {
  icon?: LucideIcon
  danger?: boolean
  disabled?: boolean
  onSelect?: () => void
  href?: string
  children: ReactNode
}

export interface MenuCheckProps {
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean
  children: ReactNode
}

export interface MenuChoiceProps<V extends string> {
  value: V
  onChange: (value: V) => void
  choices: readonly { value: V; label: ReactNode; count?: number }[]
  label?: string
}
