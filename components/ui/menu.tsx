'use client'

import { cloneElement, createContext, type ReactNode, use, useState } from 'react'
import type { MenuParts } from '@/components/ui/menu-popup'
import type { MenuCheckProps, MenuChoiceProps, MenuItemProps, MenuProps } from '@/components/ui/menu-props'

type Parts = typeof MenuParts

export const MenuPartsContext = createContext<Parts | null>(null)

let loading: Promise<Parts> | undefined
function load(): Promise<Parts> {
  loading ??= import('@/components/ui/menu-popup').then((module) => module.MenuParts)
  return loading
}

/**
 * A menu whose machinery (positioning, focus, typeahead) is fetched when somebody reaches for it: most page views open none.
 * Until then the trigger is a plain button. Items may only stand inside a {@link Menu}.
 */
export function Menu(props: MenuProps) {
  const [parts, setParts] = useState<Parts | null>(null)
  const [isByKey, setByKey] = useState(false)
  if (parts) {
    return (
      <MenuPartsContext value={parts}>
        <parts.Root {...props} isByKey={isByKey} />
      </MenuPartsContext>
    )
  }
  const { trigger } = props
  const preload = () => void load()
  return cloneElement(trigger, {
    'aria-haspopup': 'menu',
    'aria-expanded': false,
    onPointerEnter: preload,
    onFocus: preload,
    onClick: (event) => {
      trigger.props.onClick?.(event)
      // Enter and Space press it without a pointer.
      setByKey(event.nativeEvent instanceof UIEvent && event.nativeEvent.detail === 0)
      void load().then((loaded) => setParts(() => loaded))
    },
  })
}

function useParts(): Parts {
  const parts = use(MenuPartsContext)
  if (!parts) throw new Error('A menu item stands outside of a menu.')
  return parts
}

export function MenuItem(props: MenuItemProps) {
  const { Item } = useParts()
  return <Item {...props} />
}

/** One of several values, with a tick at the current one. */
export function MenuChoice<V extends string>(props: MenuChoiceProps<V>) {
  const { Choice } = useParts()
  return <Choice {...props} onChange={(value) => props.onChange(value as V)} />
}

/** On or off; the menu stays open. */
export function MenuCheck(props: MenuCheckProps) {
  const { CheckItem } = useParts()
  return <CheckItem {...props} />
}

export function MenuSeparator() {
  const { Separator } = useParts()
  return <Separator />
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <div className="truncate px-2 py-1.5 text-12 text-muted">{children}</div>
}
