import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, expect, type Page, test } from '@playwright/test'
import { Console } from '@/e2e/console/support/console'
import { look } from '@/e2e/console/support/look'
import { SIGNED_IN } from '@/e2e/console/support/run'

/** People make what tells them of alerts, see what the other side answers, and what became of messages. */
test.describe.configure({ mode: 'serial' })

interface Arrived {
  method: string
  path: string
  id: string | undefined
  body: string
}

const NAME = `Receiver ${Date.now().toString(36)}`

const arrived: Arrived[] = []
let isRefusing = false
let server: Server
let address = ''
let page: Page
let app: Console

/** A receiver on this machine that says what it likes. */
async function startReceiver(): Promise<string> {
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      const id = headers['webhook-id']
      arrived.push({ method, path, id: String(id), body: Buffer.concat(chunks).toString() })
      response.statusCode = isRefusing ? 503 : 200
      response.end(isRefusing ? 'closed for today' : 'thank you')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function open(browser: Browser): Promise<void> {
  const context = await browser.newContext({ storageState: SIGNED_IN, viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  app = new Console(page)
}

/** Until the page hears it: its script runs a moment after it shows. */
async function press(button: string): Promise<void> {
  await expect(async () => {
    if ((await page.getByRole('dialog').count()) === 0) await app.button(button).first().click()
    await expect(page.getByRole('dialog')).toBeVisible({ timeout: 2_000 })
  }).toPass()
}

test.beforeAll(async ({ browser }) => {
  address = await startReceiver()
  await open(browser)
})
test.afterAll(async () => {
  await page.context().close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

test('a webhook is made, tested against its receiver, and its messages are read', async () => {
  await app.open('/settings/notifiers')
  await press('New notifier')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('combobox', { name: 'By' }).click()
  await page.getByRole('option', { name: 'Webhook' }).click()
  await dialog.getByLabel('Name', { exact: true }).fill(NAME)
  // What is wrong is said at its field.
  await dialog.getByLabel('Address').fill('hooks.example.com')
  await dialog.getByRole('button', { name: 'Save notifier' }).click()
  await expect(dialog.getByText('The address must start with https:// or http://.')).toBeVisible()
  await dialog.getByLabel('Address').fill(`${address}/hook`)
  await look(page, 'notifier-form')
  await dialog.getByRole('button', { name: 'Save notifier' }).click()
  await expect(page).toHaveURL(/\/settings\/notifiers\/ntf_/)
  await expect(page.getByRole('heading', { level: 1, name: NAME })).toBeVisible()
  await app.expectState('Not used yet')

  await press('Test')
  await expect(page.getByRole('dialog')).toContainText('HTTP 200: thank you')
  expect(arrived).toHaveLength(1)
  const [sent] = arrived
  expect(sent).toMatchObject({ method: 'POST', path: '/hook', id: expect.stringMatching(/^dlv_/) })
  expect(JSON.parse(sent?.body ?? '')).toMatchObject({ type: 'alert.test', id: sent?.id })

  isRefusing = true
  await page.getByRole('dialog').getByRole('button', { name: 'Send another' }).click()
  await expect(page.getByRole('dialog')).toContainText('HTTP 503: closed for today')
  await look(page, 'notifier-test')
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
  const messages = page.getByRole('list').filter({ hasText: `tries the notifier ${NAME}` })
  await expect(messages.getByRole('listitem')).toHaveCount(2)
  await expect(messages.getByRole('listitem').first()).toContainText('HTTP 503: closed for today')
  await expect(messages.getByRole('listitem').last()).toContainText('HTTP 200: thank you')
  await app.expectState('Not taken')
  await look(page, 'notifier-messages')
  isRefusing = false
})

test("the dead-man's switch is set up, pinged, missed and removed", async () => {
  arrived.length = 0
  await app.open('/settings/notifiers')
  const panel = page.locator('section').filter({ has: page.getByRole('heading', { name: "Dead-man's switch" }) })
  await press('Set it up')
  await page.getByRole('dialog').getByLabel('Address').fill(`${address}/ping/not-for-eyes`)
  await look(page, 'heartbeat-form')
  await page.getByRole('dialog').getByRole('button', { name: 'Save and ping' }).click()
  await expect(panel).toContainText('HTTP 200: thank you')
  await expect(panel.getByText('Well', { exact: true })).toBeVisible()
  expect(arrived[0]).toMatchObject({ method: 'GET', path: '/ping/not-for-eyes' })

  isRefusing = true
  await panel.getByRole('button', { name: 'Ping now' }).click()
  await expect(panel).toContainText('No ping is taken')
  await expect(panel).toContainText('HTTP 503: closed for today')
  await look(page, 'heartbeat-not-taken')
  expect(await page.content()).not.toContain('not-for-eyes')
  isRefusing = false
  await panel.getByRole('button', { name: 'Ping now' }).click()
  await expect(panel.getByText('Well', { exact: true })).toBeVisible()

  await panel.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
  await expect(panel.getByRole('button', { name: 'Set it up' })).toBeVisible()
})

test('a notifier is deleted from its page, with its messages', async () => {
  await app.open('/settings/notifiers')
  await page.getByRole('link', { name: NAME }).click()
  await app.button('Delete').click()
  await page.getByRole('button', { name: 'Delete notifier' }).click()
  await expect(page).toHaveURL(/\/settings\/notifiers$/)
  await expect(page.getByRole('link', { name: NAME })).toHaveCount(0)
})
