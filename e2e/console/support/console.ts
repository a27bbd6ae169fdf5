import { expect, type Locator, type Page } from '@playwright/test'
import { productUrl } from '@/e2e/console/support/run'

/** The console as a person uses it: by labels, names of buttons, and what stands on the page. */
export class Console {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }

  async open(path: string): Promise<void> {
    await this.page.goto(productUrl() + path)
  }

  async signIn(username: string, password: string): Promise<void> {
    await this.page.getByLabel('Username').fill(username)
    await this.page.getByLabel('Password', { exact: true }).fill(password)
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }

  async fill(values: Record<string, string>): Promise<void> {
    for (const [label, value] of Object.entries(values)) await this.page.getByLabel(label, { exact: true }).fill(value)
  }

  /** By its whole name, or by a pattern. */
  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' })
  }

  async menu(trigger: string | RegExp, item: string): Promise<void> {
    await this.button(trigger).click()
    await this.page.getByRole('menuitem', { name: item }).click()
  }

  /** The state beside the heading. */
  async expectState(word: string | RegExp): Promise<void> {
    await expect(
      this.page
        .locator('main')
        .getByText(word, { exact: typeof word === 'string' })
        .first(),
    ).toBeVisible()
  }
}
