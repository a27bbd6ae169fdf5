import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
/** All that another theme can change: the other rules ask for elements, names and sizes. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block']

// The builder would send its long form twice for each look; a page gets the short one once.
const builder = createRequire(import.meta.url).resolve('@axe-core/playwright')
const source = readFileSync(createRequire(builder).resolve('axe-core/axe.min.js'), 'utf8')
const NOTHING = '0'

export interface AxeOptions {
  /** Only the rules of colours, for what all rules were asked about in another theme. */
  onlyColours?: boolean
  /** Of a whole page, not of what is open above one. */
  isPage?: boolean
}

/** What axe finds wrong with what is open now, a line for each element. */
export async function violationsOn(page: Page, { onlyColours, isPage }: AxeOptions = {}): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(source)
  const axe = new AxeBuilder({ page, axeSource: NOTHING })
    .options({ resultTypes: ['violations'] })
    // Without this it opens a page of its own for each look, which costs more than the look; it is for frames, and there are none.
    .setLegacyMode()
    // At the ends of an open menu; whoever comes to one is sent on at once.
    .exclude('[data-base-ui-focus-guard]')
  if (onlyColours) axe.withRules(OF_COLOURS)
  else axe.withTags(isPage ? [...TAGS, 'best-practice'] : TAGS)
  const { violations } = await axe.analyze()
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} (${failureSummary ?? ''})`),
  )
}
