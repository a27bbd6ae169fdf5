import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@playwright/test'
import { Console } from '@/e2e/console/support/console'
import { look, lookHere } from '@/e2e/console/support/look'
import { productUrl, SIGNED_IN } from '@/e2e/console/support/run'
import { pace } from '@/e2e/lab/pace.mjs'
import { FakeS3 } from '@/testing/drivers/fake-s3'
import { listenS3 } from '@/testing/drivers/s3-listener'

test.use({ storageState: SIGNED_IN })

const SECRET = 'not-a-secret-of-an-import'
/** How the console is opened; the other theme is put on it afterwards. */
const LOOKS = [
  { width: 1440, theme: 'light' },
  { width: 390, theme: 'dark' },
] as const

function rcloneConf(port: number): string {
  const keys = ['access_key_id = import-key', `secret_access_key = ${SECRET}`]
  return [
    '[garage]',
    'type = s3',
    'provider = Other',
    `endpoint = http://127.0.0.1:${port}`,
    ...keys,
    'storage_class = STANDARD',
    '[archive]',
    'type = s3',
    'provider = Wasabi',
    'region = eu-central-1',
    ...keys,
    '[films]',
    'type = alias',
    'remote = archive:films-2020',
    '[home]',
    'type = sftp',
    'host = nas.example.com',
    '[suspicious]',
    'type = s3',
    'bearer_token_command = /tmp/x',
    'a line that is nothing',
  ].join('\n')
}

test('a pasted rclone.conf is previewed, completed with a bucket that was found, and imported', async ({
  page,
  context,
}) => {
  test.setTimeout(240_000 * pace())
  const s3 = new FakeS3()
  s3.keys.set('import-key', SECRET)
  const server = await listenS3(s3)
  const app = new Console(page)
  const dialog = page.getByRole('dialog')
  const text = rcloneConf(server.port)
  try {
    for (const { theme, width } of LOOKS) {
      await page.setViewportSize({ width, height: 900 })
      await context.addCookies([{ name: 'holdfast-look-theme', value: theme, url: productUrl() }])
      await app.open('/backends')
      await app.button('Import').click()
      await dialog.getByLabel('Text to import').waitFor()
      await lookHere(page, 'import-empty', { theme })
      await dialog.getByLabel('Text to import').fill(text)
      await app.button('Preview').click()
      await expect(dialog.getByText('Left out (3)')).toBeVisible()
      await lookHere(page, 'import-preview', { theme })
    }
    await expect(dialog.getByRole('checkbox', { name: 'Import archive' })).toBeChecked()
    await expect(dialog.getByLabel('Bucket of archive')).toHaveValue('films-2020')
    await expect(dialog).toContainText('"bearer_token_command" (line 22)')

    await app.button('Look for buckets of garage').click()
    await expect(dialog.getByText('2 found: open the field to choose.')).toBeVisible({ timeout: 60_000 })
    await dialog.getByLabel('Bucket of garage').click()
    await page.getByRole('option', { name: 'media' }).click()
    await expect(dialog.getByRole('checkbox', { name: 'Import garage' })).toBeChecked()
    await dialog.getByRole('checkbox', { name: 'Write down a mount for each' }).uncheck()
    await app.button('Import 2 backends').click()
    await expect(dialog.getByText('2 backends created')).toBeVisible()
    await lookHere(page, 'import-done')
    await look(page, 'import-done')
    expect(await page.content()).not.toContain(SECRET)
    await app.button('Done').click()
    await expect(page.getByRole('link', { name: 'garage' })).toBeVisible()

    await app.button('Import').click()
    await dialog.getByLabel('Text to import').fill(text)
    await app.button('Preview').click()
    await expect(dialog.getByText("Backend 'garage' uses this server and key already (bucket 'media').")).toBeVisible()
  } finally {
    await server.close()
    await context.addCookies([{ name: 'holdfast-look-theme', value: 'system', url: productUrl() }])
  }
})

const TEXTS = {
  'storage.cfg':
    'nfs: nas\n\tserver nas.example.com\n\texport /export/pve\n\tcontent images\n\ndir: local\n\tpath /var/lib/vz\n',
  '101.conf': `boot: order=scsi0\ncipassword: ${SECRET}\nname: erp\nscsi0: nas:101/vm-101-disk-0.qcow2,size=32G\nscsi1: gone:vm-101-disk-1\n`,
  'compose.yml': `services:\n  web:\n    environment: { TOKEN: ${SECRET} }\n    volumes: [films:/films]\nvolumes:\n  films:\n    driver_opts: { type: nfs, o: addr=nas.example.com, device: ":/export/films" }\n  share:\n    driver_opts: { type: cifs, device: //nas.example.com/share, o: "username=bob,password=\${SMB}" }\n`,
  'pool.xml': `<pool type='rbd'><name>fast</name><source><host name='192.0.2.5' port='6789'/><name>images</name></source></pool>`,
  'broken.yml': 'volumes:\n  a: [\n',
}

test('files of several systems become one plan, which is reviewed and then carried out', async ({
  page,
  context,
  request,
}) => {
  test.setTimeout(240_000 * pace())
  const app = new Console(page)
  const dialog = page.getByRole('dialog')
  const files = Object.entries(TEXTS).map(([name, text]) => ({
    name,
    mimeType: 'text/plain',
    buffer: Buffer.from(text),
  }))
  const [dropped, ...chosen] = files
  try {
    for (const { theme, width } of LOOKS) {
      await page.setViewportSize({ width, height: 900 })
      await context.addCookies([{ name: 'holdfast-look-theme', value: theme, url: productUrl() }])
      await app.open('/backends')
      await app.button('Import').click()
      await dialog.getByLabel('Files to import').setInputFiles(chosen)
      const data = await page.evaluateHandle(
        ([name, text]) => {
          const transfer = new DataTransfer()
          transfer.items.add(new File([text], name))
          return transfer
        },
        [dropped?.name ?? '', TEXTS['storage.cfg']] as const,
      )
      await dialog.getByLabel('Another text').dispatchEvent('drop', { dataTransfer: data })
      const listed = dialog.getByRole('list', { name: 'Files' }).getByRole('listitem')
      await expect(listed).toHaveCount(5)
      await expect(listed.filter({ hasText: '101.conf' })).toContainText('A configuration of a guest of Proxmox VE')
      await expect(listed.filter({ hasText: 'storage.cfg' })).toContainText('A storage.cfg of Proxmox VE')
      await lookHere(page, 'import-files', { theme })
      await app.button('Preview').click()
      const read = dialog.getByRole('list', { name: 'Texts' }).getByRole('listitem')
      await expect(read.filter({ hasText: 'broken.yml' })).toContainText('Could not be read as file of Docker Compose')
      await expect(dialog).toContainText('Used by Machine erp (scsi0)')
      await expect(dialog).toContainText('Becomes a backend and a mount at /mnt/nas.')
      await expect(dialog).toContainText('Used by Service web')
      await expect(dialog).toContainText('Becomes a backend for volumes.')
      await expect(dialog).toContainText('broken.yml, line 3')
      await expect(dialog.getByText(/storage "gone" of Proxmox, which is in none of these texts/)).toBeVisible()
      await lookHere(page, 'import-plan', { theme })
    }
    expect(await page.content()).not.toContain(SECRET)
    await dialog.getByRole('checkbox', { name: 'Import local' }).uncheck()
    await expect(dialog.getByRole('status')).toContainText('2 backends and 2 mounts will be made of 5 texts.')
    await app.button('Import 2 backends').click()
    await expect(dialog.getByText('2 backends created')).toBeVisible()
    await lookHere(page, 'import-plan-done', { theme: 'dark' })
    const mounts = await (await request.get(`${productUrl()}/api/v1/storage/mounts?search=films`)).json()
    expect(mounts.data).toMatchObject([{ mount_point: '/mnt/films' }])
    await app.button('Done').click()
    await expect(page.getByRole('link', { name: 'films', exact: true })).toBeVisible()
  } finally {
    await context.addCookies([{ name: 'holdfast-look-theme', value: 'system', url: productUrl() }])
  }
})

test('a mount that somebody made by hand is found on its host and taken over', async ({ page, context, request }) => {
  test.skip(process.getuid?.() !== 0, 'needs root, to mount something by hand')
  test.setTimeout(240_000 * pace())
  const source = mkdtempSync('/srv/holdfast-e2e-by-hand-')
  const place = path.join('/mnt', path.basename(source))
  mkdirSync(place)
  execFileSync('mount', ['--bind', source, place])
  const app = new Console(page)
  const dialog = page.getByRole('dialog')
  const url = productUrl()
  try {
    const hosts = await (await request.get(`${url}/api/v1/hosts`)).json()
    for (const { theme, width } of LOOKS) {
      await page.setViewportSize({ width, height: 900 })
      await context.addCookies([{ name: 'holdfast-look-theme', value: theme, url }])
      await app.open(`/hosts/${hosts.data[0].id}?tab=mounts`)
      await app.button('Look').click()
      await expect(page.getByText(place, { exact: true })).toBeVisible({ timeout: 60_000 })
      await lookHere(page, 'existing-mounts', { theme })
      await app.button(`Adopt ${place}`).click()
      await dialog.getByText('The mount stays as it is').waitFor()
      await lookHere(page, 'adopt', { theme })
      await app.button('Review').click()
      await expect(dialog).toContainText('Take over')
      await lookHere(page, 'adopt-review', { theme })
    }
    await app.button('Adopt').click()
    await expect(dialog.getByText('is managed now')).toBeVisible({ timeout: 60_000 })
    await app.button('Open the mount').click()
    await expect(page.getByRole('main').getByText('Mounted', { exact: true }).first()).toBeVisible({ timeout: 60_000 })
    const mounts = await (await request.get(`${url}/api/v1/storage/mounts?search=${path.basename(source)}`)).json()
    expect(mounts.data).toMatchObject([{ mount_point: place, status: 'mounted' }])
    const removed = await request.delete(`${url}/api/v1/storage/mounts/${mounts.data[0].id}`, {
      headers: { origin: url, prefer: 'wait=20' },
    })
    expect(removed.status()).toBe(200)
  } finally {
    try {
      execFileSync('umount', [place], { stdio: 'ignore' })
    } catch {
      // It was taken away by the product.
    }
    rmSync(place, { recursive: true, force: true })
    rmSync(source, { recursive: true, force: true })
    await context.addCookies([{ name: 'holdfast-look-theme', value: 'system', url }])
  }
})
