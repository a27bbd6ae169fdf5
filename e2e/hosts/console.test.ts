/** @module-tag full */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { JourneyStorage } from '@/e2e/console/support/run'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import { sh } from '@/e2e/support/product'
import type { HostRow } from '@/lib/hosts/schema'

/** The journey of a person on a real server. Every day it is made on a storage of this machine, and the server is asked by the API. */
const { nfs, servers } = labFacts

let fleet: LabProduct
beforeAll(async () => {
  fleet = await useLabProduct()
})
afterAll(() => fleet?.close())

/** A product without users prints a new setup link at every start. */
async function setUpLink(): Promise<string> {
  await fleet.product.stop()
  const started = await fleet.product.start()
  const link = /\S+\/setup#\S+/.exec(started.stderr)?.[0]
  if (started.code !== 0 || !link) throw new Error(`no setup link: ${started.stderr}`)
  await fleet.untilOnline()
  return link
}

it('a person sets up, tests, mounts, unmounts and deletes an NFS share in Chromium, on the host guest', async () => {
  const { body } = await fleet.product.request<{ data: HostRow }>('GET', `/api/v1/hosts/${fleet.hostId}`)
  const storage: JourneyStorage = {
    type: 'NFS',
    wrong: { Server: servers.address, 'Export path': nfs.missing },
    right: { 'Export path': nfs.exports.readWrite },
    advice: 'export',
    host: body.data.name,
  }
  const variables = {
    HOLDFAST_E2E_URL: fleet.product.url,
    HOLDFAST_E2E_SETUP_LINK: await setUpLink(),
    HOLDFAST_E2E_STORAGE: JSON.stringify(storage),
  }
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  const run = await sh('env', [
    ...assignments,
    process.execPath,
    'node_modules/@playwright/test/cli.js',
    'test',
    '--project=journey',
    '--reporter=list',
    '--output=test-results/console-lab',
  ])
  expect(run.stdout).toMatch(/\d+ passed/)
  expect(run.code, run.stdout + run.stderr).toBe(0)
}, 600_000)
