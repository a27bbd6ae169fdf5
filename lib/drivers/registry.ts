import { z } from 'zod'
import { cephRbd } from '@/lib/drivers/ceph-rbd/descriptor'
import { cifs } from '@/lib/drivers/cifs/descriptor'
import type { DriverDescriptor } from '@/lib/drivers/contract/descriptor'
import { http } from '@/lib/drivers/http/descriptor'
import { iscsiLvm } from '@/lib/drivers/iscsi-lvm/descriptor'
import { localDir } from '@/lib/drivers/local-dir/descriptor'
import { nfs } from '@/lib/drivers/nfs/descriptor'
import { s3 } from '@/lib/drivers/s3/descriptor'
import { FREE_TEXT_FIELDS, isOptional } from '@/lib/drivers/settings'
import { wolfdisk } from '@/lib/drivers/wolfdisk/descriptor'
import { HoldfastError } from '@/lib/errors'

/** Every storage type. A new one is a folder and a word in this list (and its host half in `agent/backends/drivers.ts`). */
export const DESCRIPTORS = [localDir, nfs, cifs, s3, http, wolfdisk, iscsiLvm, cephRbd] as const

type Descriptors = typeof DESCRIPTORS
export type DriverId = Descriptors[number]['id']
/** The parsed config of one type: `ConfigOf<'nfs'>` has no `bucket`. */
export type ConfigOf<Id extends DriverId> = z.infer<Extract<Descriptors[number], { id: Id }>['config']>
/** The same for code that serves every type alike. */
export const ALL_TYPES: readonly AnyDescriptor[] = DESCRIPTORS
export const DRIVER_IDS: readonly DriverId[] = DESCRIPTORS.map((descriptor) => descriptor.id)

type Config = Record<string, unknown>

/** The view for code that serves every type alike. Hand its functions only what `parseBackendInput` returned. */
export type AnyDescriptor = DriverDescriptor & { readonly id: DriverId }

export function isDriverId(value: string): value is DriverId {
  return DRIVER_IDS.some((id) => id === value)
}

/** By our word for the type, or one of an older API. Throws `invalid_input` that names `type` and lists the types there are. */
export function driverById(id: string): AnyDescriptor {
  const found = ALL_TYPES.find((descriptor) => descriptor.id === id || descriptor.olderTypes?.includes(id))
  if (found !== undefined) return found
  const message = `There is no storage type "${id.slice(0, 40)}"; choose one of ${DRIVER_IDS.join(', ')}.`
  throw new HoldfastError('invalid_input', message, { fields: [{ field: 'type', message }] })
}

/** The type that reads such a mount of somebody else, if one does. */
export function readerOf(fsType: string, isBind: boolean): AnyDescriptor | undefined {
  return ALL_TYPES.find(({ existingMounts }) =>
    isBind ? existingMounts?.readsBinds : existingMounts?.fsTypes.includes(fsType),
  )
}

/** Optional in a body, and without filling in the default: only then can a free text say otherwise, or a PATCH leave it alone. */
function asInput(schema: z.core.$ZodType): z.core.$ZodType {
  if (!isOptional(schema)) return schema
  if (!(schema instanceof z.ZodDefault)) return z.nullable(schema)
  return z.nullish(schema.unwrap()).meta({ default: schema.def.defaultValue })
}

/** What a body or form may carry as `config`: config and secrets side by side, plus the free texts of older APIs. */
function flatConfigSchema(descriptor: AnyDescriptor): z.ZodObject {
  const shape: Record<string, z.core.$ZodType> = {}
  for (const [key, schema] of Object.entries({ ...descriptor.config.shape, ...descriptor.secrets.shape })) {
    shape[key] = asInput(schema)
  }
  if (descriptor.parseFreeTextOptions !== undefined) {
    for (const key of FREE_TEXT_FIELDS) shape[key] = z.string().max(1024).nullish()
  }
  for (const [alias, key] of Object.entries(descriptor.aliases ?? {}))
    shape[alias] = z.optional(shape[key] ?? z.never())
  for (const [key, schema] of Object.entries(descriptor.olderFields ?? {})) shape[key] = z.optional(schema)
  return z.strictObject(shape)
}

type UnionMember<D, Shape extends z.core.$ZodShape> =
  D extends DriverDescriptor<infer Id, infer C, infer S>
    ? z.ZodType<
        z.output<z.ZodObject<Shape>> & { type: Id; config: Config },
        z.input<z.ZodObject<Shape>> & { type: Id; config: z.input<C> & Partial<z.input<S>> }
      >
    : never
type AnyMember<Shape extends z.core.$ZodShape> = UnionMember<Descriptors[number], Shape>

/**
 * `{ …shape, type, config }` as one discriminated union over all types, for request bodies and OpenAPI. It checks single fields;
 * `parseBackendInput` (`input.ts`) then separates the secrets and applies the rules over several fields.
 */
export function driverUnion<Shape extends z.core.$ZodShape>(
  shape: Shape,
): z.ZodType<z.output<AnyMember<Shape>>, z.input<AnyMember<Shape>>> {
  const members = ALL_TYPES.map((descriptor) =>
    z.strictObject({
      ...shape,
      type: z.literal([descriptor.id, ...(descriptor.olderTypes ?? [])]),
      config: flatConfigSchema(descriptor),
    }),
  )
  const [first, ...rest] = members
  if (first === undefined) throw new HoldfastError('internal', 'The driver registry is empty.')
  return z.discriminatedUnion('type', [first, ...rest], {
    error: (issue) => (issue.code === 'invalid_union' ? `Must be one of ${DRIVER_IDS.join(', ')}.` : undefined),
  }) as unknown as z.ZodType<z.output<AnyMember<Shape>>, z.input<AnyMember<Shape>>>
}
