import path from 'node:path'
import { expect, type Page } from '@playwright/test'
import { violationsOn } from '@/e2e/console/support/axe'
import { SCREENSHOTS } from '@/e2e/console/support/run'

const WIDE = { width: 1440, height: 900 }
const NARROW = { width: 390, height: 900 }

/** A run has hundreds, for eyes to look at: `HOLDFAST_SCREENSHOTS=1 npx playwright test`, and in the full run. */
const KEEPS_PICTURES = process.env.HOLDFAST_SCREENSHOTS === '1'

export type Theme = 'light' | 'dark'

function widthOf(page: Page): number {
  return page.viewportSize()?.width ?? 0
}

async function expectToFit(page: Page, name: string): Promise<void> {
  // An open menu follows a new width in the next frame.
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  await expect.poll(overflow, { message: `${name} scrolls sideways at ${widthOf(page)} px` }).toBeLessThanOrEqual(0)
}

/** Puts the theme on the page, and keeps a picture of it where pictures are wanted. */
async function show(page: Page, name: string, theme: Theme, fullPage = false): Promise<void> {
  await page.evaluate((to) => document.documentElement.setAttribute('data-theme', to), theme)
  if (!KEEPS_PICTURES) return
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}-${theme}-${widthOf(page)}.png`), fullPage })
}

interface LookOptions {
  /** A whole page, and not what is open above one. */
  isPage?: boolean
  /** The one that the page was opened with: all rules are asked about that, and those of colours about the other. */
  theme?: Theme
}

/** What is open now, at the width that it has: it fits, and axe finds nothing in either theme. */
export async function lookHere(
  page: Page,
  name: string,
  { isPage = false, theme = 'light' }: LookOptions = {},
): Promise<void> {
  await expectToFit(page, name)
  await show(page, name, theme, isPage)
  expect(await violationsOn(page, { isPage }), `${name} in ${theme}`).toEqual([])
  const other = theme === 'light' ? 'dark' : 'light'
  await show(page, name, other, isPage)
  expect(await violationsOn(page, { onlyColours: true }), `${name} in ${other}`).toEqual([])
}

/** What is open now: it fits at both widths, and axe finds nothing in either theme. */
export async function look(page: Page, name: string): Promise<void> {
  await page.setViewportSize(WIDE)
  await lookHere(page, name)
  await page.setViewportSize(NARROW)
  await expectToFit(page, name)
  await show(page, name, 'dark')
  await show(page, name, 'light')
  await page.setViewportSize(WIDE)
}
