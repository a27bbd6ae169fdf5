import { describe, expect, test } from 'vitest'
import { checkValues, formSpecOf, neededFields, pastedValues } from '@/components/forms/driver-rules'
import { controlOf, initialValues, toConfig } from '@/components/forms/driver-values'
import { DRIVER_IDS, type DriverId, driverById } from '@/lib/drivers/registry'
import { secretKeys } from '@/lib/drivers/settings'

describe.each(DRIVER_IDS)('the form of %s', (id) => {
  const descriptor = driverById(id)

  test('begins with a value for every field, and with no secret', () => {
    const values = initialValues(formSpecOf(descriptor))
    expect(Object.keys(values).toSorted()).toEqual(Object.keys(descriptor.fields).toSorted())
    for (const key of secretKeys(descriptor)) expect(values[key]).toBe('')
  })

  test('has a control for every field, and hides what is secret', () => {
    for (const key of secretKeys(descriptor)) expect(controlOf(formSpecOf(descriptor), key)).toBe('password')
  })

  test('is drawn from plain data alone', () => {
    const spec = formSpecOf(descriptor)
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec)
    expect(spec.neededAtFirst).toEqual([...neededFields(descriptor, initialValues(spec), undefined)])
  })

  test('an empty form is refused field by field, in fields that it shows', () => {
    const { problems, config } = checkValues(descriptor, initialValues(formSpecOf(descriptor)), undefined)
    expect(config).toBeNull()
    expect(problems.length).toBeGreaterThan(0)
    for (const problem of problems) expect(Object.keys(descriptor.fields)).toContain(problem.field)
  })
})

describe('a text that is pasted into one field', () => {
  const paste = (type: DriverId, values: Record<string, string>) => {
    const descriptor = driverById(type)
    return pastedValues(descriptor, { ...initialValues(formSpecOf(descriptor)), ...values })
  }

  test('fills in the fields that it consists of, with a word about it', () => {
    expect(paste('nfs', { server: 'nas:/export/media' })).toEqual({
      changed: { server: 'nas', export_path: '/export/media' },
      notes: [expect.stringContaining('Export path /export/media')],
    })
    expect(paste('cifs', { server: '\\\\nas\\Public\\films' }).changed).toEqual({
      server: 'nas',
      share_name: 'Public',
      path: 'films',
    })
    const lun = 'iscsi://192.0.2.5:3260/iqn.2001-04.com.example:a/3'
    expect(paste('iscsi-lvm', { portal: lun }).changed).toEqual({
      portal: '192.0.2.5:3260',
      target: 'iqn.2001-04.com.example:a',
      lun: '3',
    })
  })

  test('loses its blanks without a word, and stays when another field says otherwise', () => {
    expect(paste('nfs', { server: ' nas ' })).toEqual({ changed: { server: 'nas' }, notes: [] })
    expect(paste('nfs', { server: 'nas' })).toEqual({ changed: {}, notes: [] })
    const contradiction = { server: 'nas:/a', export_path: '/b' }
    expect(paste('nfs', contradiction)).toEqual({ changed: {}, notes: [] })
    const nfs = driverById('nfs')
    const { problems } = checkValues(nfs, { ...initialValues(formSpecOf(nfs)), ...contradiction }, undefined)
    expect(problems).toContainEqual({ field: 'server', message: expect.stringContaining('keep one of them') })
  })
})

test('a choice begins with its default', () => {
  expect(formSpecOf(driverById('nfs')).facts.version?.options).toEqual(['auto', '3', '4', '4.0', '4.1', '4.2'])
})

describe('values into a request', () => {
  const s3 = driverById('s3')
  const filled = {
    ...initialValues(formSpecOf(s3)),
    provider: 'Ceph',
    endpoint: 'https://s3.example.org',
    bucket: 'media',
    access_key_id: 'not-a-real-key',
    secret_access_key: 'not-a-secret',
  }

  test('what is missing is named as the form names it, with an example', () => {
    const { problems } = checkValues(driverById('nfs'), initialValues(formSpecOf(driverById('nfs'))), undefined)
    expect(problems).toContainEqual({ field: 'server', message: expect.stringMatching(/^Enter the server, such as /) })
    const lun = checkValues(
      driverById('iscsi-lvm'),
      { ...initialValues(formSpecOf(driverById('iscsi-lvm'))) },
      undefined,
    )
    expect(lun.problems).toContainEqual({ field: 'target', message: expect.stringContaining('Enter the target') })
  })

  test('a field that the other values make necessary is not called optional', () => {
    const needed = (values: object) => [...neededFields(s3, { ...initialValues(formSpecOf(s3)), ...values }, undefined)]
    expect(needed({ provider: 'Other' })).toContain('endpoint')
    expect(needed({ provider: 'AWS', region: 'eu-west-1' })).not.toContain('endpoint')
    const cifs = driverById('cifs')
    expect(neededFields(cifs, initialValues(formSpecOf(cifs)), undefined)).toContain('username')
  })

  test('numbers travel as numbers, empty fields do not travel', () => {
    const config = toConfig(formSpecOf(s3), { ...filled, write_back: '7' }, false)
    expect(config).toMatchObject({ write_back: 7, bucket: 'media', path_style: true })
    expect(config).not.toHaveProperty('prefix')
    expect(checkValues(s3, filled, undefined).problems).toEqual([])
  })

  test('what is no number stays as typed and is refused by name', () => {
    const { problems } = checkValues(s3, { ...filled, write_back: 'soon' }, undefined)
    expect(problems.map((problem) => problem.field)).toEqual(['write_back'])
  })

  test('a hidden field does not travel', () => {
    expect(
      toConfig(formSpecOf(s3), { ...filled, cdn_enabled: false, cdn_url: 'https://cdn.example.org' }, false),
    ).not.toHaveProperty('cdn_url')
    expect(
      toConfig(formSpecOf(s3), { ...filled, cdn_enabled: true, cdn_url: 'https://cdn.example.org' }, false),
    ).toHaveProperty('cdn_url')
  })

  test('editing: an emptied field is null, an empty secret is left out', () => {
    const stored = checkValues(s3, { ...filled, region: 'eu-1' }, undefined).config
    expect(stored).not.toBeNull()
    const values = { ...initialValues(formSpecOf(s3), stored ?? {}), region: '' }
    const config = toConfig(formSpecOf(s3), values, true)
    expect(config.region).toBeNull()
    expect(config).not.toHaveProperty('secret_access_key')
    expect(checkValues(s3, values, stored ?? {}).config).not.toHaveProperty('region')
  })
})
