import { z } from 'zod'
import { PROBLEM, UsageMessage, WireBackend, WireId } from '@/lib/agent-protocol/messages'
import { isOwnName, UNFINISHED } from '@/lib/agent-protocol/own-names'

/** How the bytes of a volume lie in its pool. Volumes of LVM and Ceph are always raw. */
export const VolumeFormat = z.enum(['qcow2', 'raw'])
export type VolumeFormat = z.infer<typeof VolumeFormat>

/** `thin`: room is taken when something is written. `full`: all of it is taken at once. */
export const Provisioning = z.enum(['thin', 'full'])
export type Provisioning = z.infer<typeof Provisioning>

/** How long the keeper of a pool may change what is shared after its controller was heard of, in milliseconds. */
export const KEEPER_LEASE_MS = 60_000

/**
 * How long after that a change that was begun in time may still come to the storage, in milliseconds: LVM is given 90 s, and the kernel
 * keeps a write for 120 s where the path to the storage is cut (open-iscsi, `replacement_timeout`), after some seconds in which it does
 * not notice. The rest is for clocks of controllers that differ.
 */
export const KEEPER_SETTLES_MS = 180_000

/** What keeps volumes; each is a folder of `lib/volume-engines`. */
export const ENGINE_IDS = ['image-files', 'lvm', 'rbd'] as const
export type EngineId = (typeof ENGINE_IDS)[number]

/** A backend that is opened on a host to hold volumes. */
export const WirePool = z.strictObject({
  poolId: WireId('pool'),
  backend: WireBackend,
  engine: z.enum(ENGINE_IDS),
  /** Parsed again on the host with the engine's own schema. */
  settings: z.record(z.string(), z.unknown()),
  /** The mount that it lies in, of a file storage; the pool's own, and applied before. */
  mountId: WireId('mount').nullable(),
  /**
   * It was never open anywhere, so its mark may be made. Later a storage without the mark is the wrong one, or an empty disk where the
   * right one is missing, and is refused.
   */
  isNew: z.boolean(),
  /** Does this host tell of its volumes? One host of a shared pool does; each host of a pool that every host has for itself. */
  isKeeper: z.boolean(),
  /**
   * Several hosts have it open, and one at a time may change what describes it: the keeper, while it has it on loan (`keepPools`). The
   * generation of the command is its fence.
   */
  isLeased: z.boolean().optional(),
})
export type WirePool = z.infer<typeof WirePool>

const ObservedError = z.object({ code: z.string(), message: z.string(), ...PROBLEM })

/** Something in a pool that we did not make. */
export const ForeignContent = z.object({
  /** Below the pool, or the name of a logical volume or an image. */
  name: z.string(),
  kind: z.enum(['file', 'directory', 'volume', 'other']),
  bytes: z.number().nullable(),
  /** As its first bytes or its name tell; null: not known. Nobody has looked inside. */
  format: z.string().nullable(),
})
export type ForeignContent = z.infer<typeof ForeignContent>

/** An image or ISO file in the folder of templates of a pool. */
export const TemplateContent = z.object({
  /** In that folder. */
  name: z.string(),
  bytes: z.number(),
  modifiedAt: z.iso.datetime(),
  /** As its first bytes or its name tell; null: not known. */
  format: z.string().nullable(),
  /** Bytes that a machine would see; null: nobody can say without opening it. */
  virtualBytes: z.number().nullable(),
})
export type TemplateContent = z.infer<typeof TemplateContent>

export const LibvirtSecret = z.object({
  usage: z.string(),
  uuid: z.string().nullable(),
  error: z.string().nullable(),
})
export type LibvirtSecret = z.infer<typeof LibvirtSecret>

/** One pool as a host sees it now. */
export const ObservedPool = z.object({
  poolId: WireId('pool'),
  /** `degraded`: it can be read, and something is wrong, such as thin metadata that is nearly full. */
  state: z.enum(['opening', 'ready', 'degraded', 'error', 'closing']),
  /** Of the command that was carried out last. */
  generation: z.int(),
  since: z.iso.datetime(),
  error: ObservedError.nullable(),
  capacity: UsageMessage.nullable(),
  capacityAt: z.iso.datetime().nullable(),
  /** The first 200; null where this host does not tell of the volumes, or has not looked yet. */
  foreign: z.object({ count: z.int(), items: z.array(ForeignContent) }).nullable(),
  /**
   * The first 200, by name; null where this host does not tell of the volumes, has not looked yet or cannot read the folder. Absent: an
   * older agent, or a pool that has no files.
   */
  templates: z
    .object({ count: z.int(), items: z.array(TemplateContent) })
    .nullable()
    .optional(),
  /**
   * The secret of libvirt on this host by which machines use the storage; `uuid` null: it could not be made, for the reason in `error`.
   * Null: none is needed, or there is no libvirt. Absent: an older agent, which makes none.
   */
  libvirtSecret: LibvirtSecret.nullable().optional(),
  /** Volumes that have a device on this host, also where another one is the keeper. Absent: of no pool of this kind. */
  activeVolumes: z.array(WireId('volume')).optional(),
})
export type ObservedPool = z.infer<typeof ObservedPool>

export const VolumeRef = z.object({ volumeId: WireId('volume'), snapshotId: WireId('snapshot').nullable() })
export type VolumeRef = z.infer<typeof VolumeRef>

/** One volume that lies in a pool with our mark, as its keeper sees it. */
export const ObservedVolume = z.object({
  volumeId: WireId('volume'),
  poolId: WireId('pool'),
  /** `broken`: it is there and cannot be used, for the reason in `error`. */
  state: z.enum(['present', 'trashed', 'broken']),
  /** Volumes have no wish of their own on a host, so this is always 0. */
  generation: z.int(),
  since: z.iso.datetime(),
  format: VolumeFormat,
  /** Bytes that a machine sees. */
  sizeBytes: z.number().nullable(),
  /** Bytes that it takes in its pool, without what it shares with its parent; null: nobody can say. */
  allocatedBytes: z.number().nullable(),
  /** What it was cloned from and still needs. */
  parent: VolumeRef.nullable(),
  snapshots: z.array(z.object({ snapshotId: WireId('snapshot'), sizeBytes: z.number().nullable() })),
  /** Something on this host has it open. */
  isInUse: z.boolean(),
  /** Of an image file that has not its usual name, since its snapshot was taken while a machine ran: that name. */
  imageName: z.string().max(255).optional(),
  /** The machine that this is, by its name. Null: no machine that libvirt here knows. Absent: an older agent. */
  usedBy: z.string().nullable().optional(),
  error: ObservedError.nullable(),
})
export type ObservedVolume = z.infer<typeof ObservedVolume>

const Size = z.int().positive()
const Snapshot = { snapshotId: WireId('snapshot') }

/** Where the content of a new volume comes from. */
export const ContentSource = z.discriminatedUnion('from', [
  /** All of a volume, or as it was when the snapshot was taken; of this pool or of another one that is open on the same host. */
  z.strictObject({ from: z.literal('volume'), poolId: WireId('pool'), ...VolumeRef.shape }),
  /** An image that somebody else has put there, by its name among what is foreign in the pool, or the path of a template below it. */
  z.strictObject({ from: z.literal('foreign'), poolId: WireId('pool'), name: z.string().min(1).max(1024) }),
  /** A file of a backend that files can be fetched from, such as a web server. The command brings that backend with it. */
  z.strictObject({
    from: z.literal('backend'),
    backendId: WireId('backend'),
    path: z.string().min(1).max(1024),
    checksum: z
      .strictObject({ algorithm: z.enum(['sha256', 'sha512']), digest: z.string().regex(/^(?:[0-9a-f]{64}){1,2}$/) })
      .nullable(),
    /** The largest disk that it may hold: how large it is shows only when it is there. null: any. */
    mostBytes: Size.nullable(),
  }),
])
export type ContentSource = z.infer<typeof ContentSource>

/** Of a new file below a mount: names with `/` between them, none of which is ours or leads out of it. */
export const ExportPath = z
  .string()
  .min(1)
  .max(512)
  .refine(
    (path) => path.split('/').every((part) => /^[^\p{Cc}\\]{1,200}$/u.test(part) && part !== '.' && part !== '..'),
    {
      message: 'A path has no empty part, no "." or "..", and no backslash.',
    },
  )
  .refine((path) => !path.split('/').some((part, at) => part.startsWith(UNFINISHED) || (at === 0 && isOwnName(part))), {
    message: 'This name is one of those that Holdfast itself uses in a pool.',
  })

/**
 * What a clone of a template comes from is a volume with the content of the template, and a snapshot of that: the template itself may be
 * changed by others. Where it is not there yet, the clone makes it first, from the file as it was when it was listed.
 */
export const TemplateBase = z.strictObject({
  /** Of the template, below the pool. */
  name: z.string().min(1).max(1024),
  bytes: z.number(),
  modifiedAt: z.iso.datetime(),
})
export type TemplateBase = z.infer<typeof TemplateBase>

/** One change of one volume. Each is a job; each says once what is done, and an operation is never done twice. */
export const VolumeWork = z.discriminatedUnion('do', [
  /** Throws `conflict` where the volume is there already. `content` null: empty. `sizeBytes` null: as large as its content. */
  z.strictObject({
    do: z.literal('create'),
    sizeBytes: Size.nullable(),
    format: VolumeFormat,
    provisioning: Provisioning,
    content: ContentSource.nullable(),
  }),
  /**
   * Makes the volume with the content of that one, which lies in another pool, compares both, and puts that one into the trash of its
   * pool. All of it or nothing: when something fails, that one stays where it is and this one is gone.
   */
  z.strictObject({
    do: z.literal('move'),
    from: z.strictObject({ poolId: WireId('pool'), volumeId: WireId('volume') }),
    sizeBytes: Size,
    format: VolumeFormat,
    provisioning: Provisioning,
  }),
  /**
   * At once, sharing what both have in common with the volume it comes from, which then cannot be deleted. `sizeBytes`: it is made as large
   * as that then; absent: as large as what it comes from.
   */
  z.strictObject({ do: z.literal('clone'), of: VolumeRef, base: TemplateBase.optional(), sizeBytes: Size.optional() }),
  z.strictObject({ do: z.literal('grow'), sizeBytes: Size }),
  z.strictObject({ do: z.literal('snapshot'), ...Snapshot }),
  z.strictObject({ do: z.literal('deleteSnapshot'), ...Snapshot }),
  /** What was written since the snapshot is lost; the snapshot stays. */
  z.strictObject({ do: z.literal('restore'), ...Snapshot }),
  /** Copies what it shares with its parent, and needs that no more. */
  z.strictObject({ do: z.literal('flatten') }),
  z.strictObject({ do: z.literal('trash') }),
  z.strictObject({ do: z.literal('untrash') }),
  /** Of a trashed one; cannot be undone. */
  z.strictObject({ do: z.literal('purge') }),
  /** Makes a foreign image a volume, where it is; it is looked into first. */
  z.strictObject({ do: z.literal('adopt'), name: z.string().min(1).max(1024) }),
  /** Writes it, or how it was at the snapshot, into a new file below a mount of the host. The volume stays as it is. */
  z.strictObject({
    do: z.literal('export'),
    snapshotId: WireId('snapshot').nullable(),
    to: z.strictObject({
      mountId: WireId('mount'),
      path: ExportPath,
      /** The mount is that of this pool, and the file is there to be downloaded: it goes by itself after a day. */
      download: z.strictObject({ poolId: WireId('pool') }).optional(),
    }),
    format: VolumeFormat,
    /** Of qcow2 alone. */
    isCompressed: z.boolean(),
  }),
])
export type VolumeWork = z.infer<typeof VolumeWork>

/**
 * What a snapshot has of its volume: all of it, since nothing had it open (`unused`), or since the file systems of the machine that had stood
 * still (`frozen`); or what a loss of power would have left at that moment (`crash`).
 */
export const SnapshotConsistency = z.enum(['unused', 'frozen', 'crash'])
export type SnapshotConsistency = z.infer<typeof SnapshotConsistency>

/** A file that a volume was exported to. */
export const ExportedFile = z.object({
  /** On its host. */
  path: z.string(),
  bytes: z.number(),
  /** 64 hex digits. */
  sha256: z.string(),
  /** Where it is downloaded from, as a file of that pool. */
  download: z.object({ poolId: WireId('pool'), path: z.string() }).optional(),
})
export type ExportedFile = z.infer<typeof ExportedFile>

/** Result of such a job. */
export const VolumeWorkResult = z.object({
  /** As it is then; null when it is gone. */
  volume: ObservedVolume.nullable(),
  /** What a moved one was before, in the trash of its pool, or what a clone of a template shares; null: nobody could look at it. */
  source: ObservedVolume.nullable().optional(),
  /** Of an export. */
  exported: ExportedFile.optional(),
  /** Of a snapshot that was taken. Absent: an older agent, or it is not known. */
  consistency: SnapshotConsistency.optional(),
})
export type VolumeWorkResult = z.infer<typeof VolumeWorkResult>
