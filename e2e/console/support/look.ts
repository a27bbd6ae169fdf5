import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { SCREENSHOTS } from '@/e2e/console/support/run'

const LOOKS = ['light', 'dark'].flatMap((theme) => [1440, 390].map((width) => ({ theme, width })))

/** What is open now: it fits at both widths, and axe finds nothing in either theme. */
export async function look(page: Page, name: string): Promise<void> {
  for (const { theme, width } of LOOKS) {
    await page.setViewportSize({ width, height: 900 })
    await page.evaluate((to) => document.documentElement.setAttribute('data-theme', to), theme)
    // An open menu follows the new width in the next frame.
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    await expect.poll(overflow, { message: `${name} scrolls sideways` }).toBeLessThanOrEqual(0)
    await page.screenshot({ path: path.join(SCREENSHOTS, `${name}-${theme}-${width}.png`) })
    if (width < 1440) continue
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
      // At the ends of an open menu; whoever comes to one is sent on at once.
      .exclude('[data-base-ui-focus-guard]')
      .analyze()
    expect(violations.map(({ id, nodes }) => `${name} ${theme} ${id}: ${nodes[0]?.html}`)).toEqual([])
  }
  await page.setViewportSize({ width: 1440, height: 900 })
}
