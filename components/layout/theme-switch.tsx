'use client'

import { Monitor, Moon, Sun } from 'lucide-react'
import { useState } from 'react'
import {
  DENSITY_COOKIE,
  type Density,
  readTheme,
  rememberAppearance,
  THEME_COOKIE,
  THEMES,
  type Theme,
} from '@/components/layout/appearance'
import { IconButton } from '@/components/ui/button'
import { Menu, MenuChoice } from '@/components/ui/menu'

export const THEME_WORDS: Record<Theme, { label: string; icon: typeof Sun }> = {
  system: { label: 'As the system', icon: Monitor },
  light: { label: 'Light', icon: Sun },
  dark: { label: 'Dark', icon: Moon },
}

/** At once on this page, and remembered for the next one. */
export function applyTheme(theme: Theme) {
  document.documentElement.dataset.theme = theme
  rememberAppearance(THEME_COOKIE, theme)
}

export function applyDensity(density: Density) {
  document.documentElement.dataset.density = density
  rememberAppearance(DENSITY_COOKIE, density)
}

export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>('system')
  return (
    <Menu
      trigger={
        <IconButton
          icon={Sun}
          label="Theme"
          onClick={() => setTheme(readTheme(document.documentElement.dataset.theme))}
        />
      }
    >
      <MenuChoice
        label="Theme"
        value={theme}
        onChange={(next) => {
          setTheme(next)
          applyTheme(next)
        }}
        choices={THEMES.map((name) => {
          const { label, icon: Icon } = THEME_WORDS[name]
          return {
            value: name,
            label: (
              <span className="flex items-center gap-2">
                <Icon aria-hidden className="size-4 text-muted" strokeWidth={1.75} />
                {label}
              </span>
            ),
          }
        })}
      />
    </Menu>
  )
}
