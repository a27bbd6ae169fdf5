import { readFileSync } from 'node:fs'
import { type APIRequestContext, type BrowserContext, expect, type Page, test } from '@playwright/test'
import { Console } from '@/e2e/console/support/console'
import { type HostLibvirt, libvirtOfThisMachine } from '@/e2e/console/support/libvirt'
import { look, lookHere } from '@/e2e/console/support/look'
import { productUrl, SIGNED_IN } from '@/e2e/console/support/run'
import { pace } from '@/e2e/lab/pace.mjs'
import { type EchoMachine, SERIAL_ECHO, startEchoMachine } from '@/testing/libvirt/echo-machine'

/** Real machines of a real libvirtd; what was typed is read from their memory. */
test.describe.configure({ mode: 'serial' })

const STAMP = Date.now().toString(36)
const PERSON = { username: `otto-${STAMP}`, password: 'not-a-secret-9876543210', role: 'operator' }
/** In which a screen is closed for who may not look any more. */
const REVOKED_MS = 5_000

let libvirt: HostLibvirt
let machine: EchoMachine
let dumb: EchoMachine
let serial: EchoMachine
let admin: APIRequestContext
let context: BrowserContext
let page: Page
let app: Console
let personId = ''
let workloadId = ''

test.beforeAll(async ({ playwright, browser }) => {
  libvirt = await libvirtOfThisMachine()
  // Where libvirtd would put it by itself, only libvirtd sees it: that has its own /var/lib here.
  const socket = `<listen type='socket' socket='${libvirt.directory}/vnc.sock'/>`
  machine = startEchoMachine(libvirt, `<graphics type='vnc'>${socket}</graphics>`, `echo-${STAMP}`)
  dumb = startEchoMachine(libvirt, '', `dumb-${STAMP}`)
  serial = startEchoMachine(libvirt, "<serial type='pty'/>", `serial-${STAMP}`, SERIAL_ECHO)
  const extraHTTPHeaders = { origin: productUrl() }
  admin = await playwright.request.newContext({ baseURL: productUrl(), storageState: SIGNED_IN, extraHTTPHeaders })
  const made = await admin.post('/api/v1/users', { data: PERSON })
  expect(made.status(), await made.text()).toBe(201)
  personId = (await made.json()).data.id
  context = await browser.newContext({ storageState: SIGNED_IN, viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  app = new Console(page)
})

test.afterAll(async () => {
  await context?.close()
  if (personId) await admin.delete(`/api/v1/users/${personId}`)
  await admin?.dispose()
  await libvirt?.close()
})

const pictureOf = (at: Page) => at.getByTestId('screen').locator('canvas')
/** How much of the picture is not black. */
const litIn = (at: Page) =>
  pictureOf(at).evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] }
    let lit = 0
    for (let index = 0; index < data.length; index += 4) if ((data[index] ?? 0) > 64) lit++
    return lit
  })

test('what is typed in the console reaches a machine, and its picture comes back', async () => {
  await app.open('/workloads')
  const row = page.getByRole('link', { name: machine.name, exact: true })
  await expect(row).toBeVisible({ timeout: 60_000 * pace() })
  await row.click()
  await page.getByRole('link', { name: 'Screen', exact: true }).click()
  await app.expectState('Connected')
  await expect(page).toHaveURL(/\/workloads\/wkl_\w+\/screen$/)
  workloadId = /wkl_\w+/.exec(page.url())?.[0] ?? ''
  await pictureOf(page).click()
  // Keys that come before its program runs are lost.
  await expect
    .poll(
      async () => {
        await page.keyboard.press('h')
        return machine.text()
      },
      { timeout: 60_000 * pace() },
    )
    .toContain('h')
  const before = await litIn(page)
  await page.keyboard.type('old 42')
  await expect.poll(() => machine.text()).toMatch(/^h+old 42$/)
  await expect.poll(() => litIn(page)).toBeGreaterThan(before)
  await look(page, 'screen')

  // Nobody who has no pointer is caught in the picture.
  await pictureOf(page).focus()
  await page.keyboard.press('Control+Alt+Shift')
  await expect(app.button('View only')).toBeFocused()
  await page.keyboard.press('Enter')
  await pictureOf(page).click()
  await page.keyboard.type('not this')
  await app.button('View only').click()
  await pictureOf(page).click()
  await page.keyboard.type('but this')
  await expect.poll(() => machine.text()).toMatch(/^h+old 42but this$/)
})

test('a text is typed as it is, as fast as the machine takes it', async () => {
  const before = machine.text().length
  const text = `Hello, World! {"a":[1,2]} ~#$%^&*()_+|<>? ${'aB'.repeat(20)}`
  await app.menu('Send keys', 'Type a text …')
  await page.getByLabel('Text', { exact: true }).fill('grün')
  await expect(page.getByText('This layout has no key for ü')).toBeVisible()
  await look(page, 'screen-type')
  await page.getByLabel('Text', { exact: true }).fill(text)
  await app.button('Type').click()
  await expect(page.getByRole('dialog')).toHaveCount(0, { timeout: 60_000 * pace() })
  await expect.poll(() => machine.text().slice(before)).toBe(text)
})

test('what one puts into the clipboard of a machine, another takes out who may', async () => {
  const other = await context.newPage()
  const second = new Console(other)
  await second.open(`/workloads/${workloadId}/screen`)
  await second.expectState('Connected')
  await app.menu('Send keys', 'Clipboard …')
  await page.getByLabel('To the machine').fill('Grüße, 世界\nthe second line')
  await look(page, 'screen-clipboard')
  await app.button('Put it into the machine').click()
  await second.menu('Send keys', 'Clipboard …')
  await expect(other.getByText('Grüße, 世界')).toBeVisible()
  await lookHere(other, 'screen-copied')
  await expect
    .poll(async () => {
      const audit = await (await admin.get(`/api/v1/audit?target_id=${machine.uuid}`)).json()
      return audit.data.find(({ action }: { action: string }) => action === 'console.pasted')?.change
    })
    .toMatchObject({ bytes: 31, sha256: 'fac2bcb1' })
  await other.close()
})

test('a serial console says what its machine says, and what it has said can be kept', async () => {
  const found = await (await admin.get(`/api/v1/workloads?search=${serial.uuid}`)).json()
  await app.open(`/workloads/${found.data[0].id}/serial`)
  await app.expectState('Connected')
  const terminal = page.getByTestId('serial')
  await terminal.click()
  await page.keyboard.type('login: root')
  // It is the machine that says it again.
  await expect(terminal.locator('.xterm-rows')).toContainText('login: root', { timeout: 60_000 * pace() })
  await look(page, 'serial')
  const other = await context.newPage()
  const second = new Console(other)
  await second.open(`/workloads/${found.data[0].id}/serial`)
  await second.expectState('Refused')
  await expect(other.getByText('one at a time can')).toBeVisible()
  await other.close()
  const [kept] = await Promise.all([page.waitForEvent('download'), app.button('Download the log of this page').click()])
  expect(readFileSync(await kept.path(), 'utf8')).toContain('login: root')
  await app.button('Download the log of libvirt').click()
  await expect(page.getByText('libvirt keeps no log of this machine')).toBeVisible()
  await terminal.click()
  await page.keyboard.press('Control+Alt+Shift')
  await expect(app.button('Send keys')).toBeFocused()
})

test('one person types at a time, and hands the keyboard on when asked for it', async ({ browser }) => {
  const own = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const theirs = await own.newPage()
  const them = new Console(theirs)
  await them.open('/')
  await them.signIn(PERSON.username, PERSON.password)
  await expect(theirs.getByRole('heading', { name: 'Overview' })).toBeVisible()
  await them.open(`/workloads/${workloadId}/screen`)
  await them.expectState('Connected')
  await app.open(`/workloads/${workloadId}/screen`)
  await app.expectState('Connected')
  await expect(page.getByText(`${PERSON.username} types here, you are watching.`)).toBeVisible()
  await look(page, 'screen-watching')
  const before = machine.text()
  await pictureOf(page).click()
  await page.keyboard.type('none of this')
  await app.button('Ask to type').click()
  await expect(theirs.getByText('asks to type here.')).toBeVisible()
  await lookHere(theirs, 'screen-asked')
  await theirs.getByRole('button', { name: 'Go on typing' }).click()
  await expect(page.getByText('The keyboard was not given to you.')).toBeVisible()
  await pictureOf(theirs).click()
  await theirs.keyboard.type('theirs ')
  await expect.poll(() => machine.text()).toBe(`${before}theirs`)

  await app.button('Ask to type').click()
  await theirs.getByRole('button', { name: /^Let .+ type$/ }).click()
  await expect(page.getByText('you are watching')).toHaveCount(0)
  await expect(theirs.getByText('types here, you are watching.')).toBeVisible()
  // From within two seconds on; what comes before is dropped.
  await pictureOf(page).click()
  await expect
    .poll(
      async () => {
        await page.keyboard.press('k')
        return machine.text()
      },
      { timeout: 20_000 * pace() },
    )
    .toMatch(/theirs k+$/)
  // An operator can ask, and cannot take.
  await expect(theirs.getByRole('button', { name: 'Ask to type' })).toBeVisible()
  await expect(theirs.getByRole('button', { name: 'Take over' })).toHaveCount(0)
  await own.close()
})

test('an administrator ends what somebody looks at, and who may not look any more sees no more', async ({
  browser,
}) => {
  const own = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const theirs = await own.newPage()
  const them = new Console(theirs)
  await them.open('/')
  await them.signIn(PERSON.username, PERSON.password)
  await expect(theirs.getByRole('heading', { name: 'Overview' })).toBeVisible()
  await them.open(`/workloads/${workloadId}/screen`)
  await them.expectState('Connected')

  await app.open(`/workloads/${workloadId}/screen`)
  await app.expectState('Connected')
  const close = app.button(`Close the screen of ${PERSON.username}`)
  await expect(close).toBeVisible()
  await lookHere(page, 'screen-two')
  await close.click()
  await expect(theirs.getByText('Somebody has closed this console.')).toBeVisible({ timeout: REVOKED_MS })
  await expect(close).toHaveCount(0)
  await lookHere(theirs, 'screen-closed')

  await them.button('Connect again').click()
  await them.expectState('Connected')
  const ended = await admin.post(`/api/v1/users/${personId}/revoke-sessions`, { data: {} })
  expect(ended.status(), await ended.text()).toBe(200)
  // Whichever the page hears of first: that its screen was closed, or that it has to sign in again, which says both.
  const over = theirs
    .getByText('Your session has ended')
    .or(theirs.getByRole('button', { name: 'Sign in', exact: true }))
  await expect(over.first()).toBeVisible({ timeout: REVOKED_MS })
  await expect(close).toHaveCount(0)
  const audit = await (await admin.get(`/api/v1/audit?target_id=${machine.uuid}`)).json()
  const reasons = audit.data.flatMap(({ change }: { change: { reason?: string } }) => change.reason ?? [])
  expect(reasons).toContain('asked')
  await own.close()
})

test('says why there is no picture, and shows it when there is one again', async () => {
  await app.expectState('Connected')
  libvirt.virsh('destroy', machine.uuid)
  // That it is off, or, where libvirt has not noticed yet, that no server answers.
  await app.expectState('Refused')
  libvirt.virsh('start', machine.uuid)
  await app.button('Try again').click()
  await app.expectState('Connected')

  const found = await (await admin.get(`/api/v1/workloads?search=${dumb.uuid}`)).json()
  await app.open(`/workloads/${found.data[0].id}/screen`)
  await app.expectState('Refused')
  await expect(page.getByRole('status').filter({ hasText: 'The machine has no screen' })).toBeVisible()
  const audit = await (await admin.get(`/api/v1/audit?target_id=${dumb.uuid}`)).json()
  expect(audit.data[0]).toMatchObject({ action: 'console.opened', result: 'failure' })
})
