/** What stands at the beginning of a qcow2 image, as far as it decides what else would be opened with it. */
export interface Qcow2Header {
  version: number
  sizeBytes: number
  /** null: it has none. As it is written there: nothing is resolved. */
  backing: string | null
  /** As it is named there; null: it is not named, so that QEMU would guess it. */
  backingFormat: string | null
  hasDataFile: boolean
  isEncrypted: boolean
  isCorrupt: boolean
  /** Bits of features that a reader must know, and that we do not. */
  hasUnknownFeatures: boolean
  internalSnapshots: number
  /** The most bytes that the file of an image has in which nothing was written yet. */
  emptyBytes: number
}

/** What is said between the header and the name of the backing file. */
function qcow2Extensions(
  bytes: Uint8Array,
  from: number,
  end: number,
): { backingFormat: string | null; namesDataFile: boolean } | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const found = { backingFormat: null as string | null, namesDataFile: false }
  for (let at = from; at + 8 <= end; ) {
    const kind = view.getUint32(at)
    const length = view.getUint32(at + 4)
    if (kind === 0) break
    if (at + 8 + length > end) return 'an extension of its header is longer than the header'
    if (kind === 0xe2792aca) found.backingFormat = String.fromCharCode(...bytes.subarray(at + 8, at + 8 + length))
    if (kind === 0x44415441) found.namesDataFile = true
    at += 8 + Math.ceil(length / 8) * 8
  }
  return found
}

/**
 * Reads a header by the specification (docs/interop/qcow2.txt of QEMU); a string says what is wrong with it. Needs the first bytes of the
 * file: all of the first cluster, or at least 64 KiB of it. It is sent to other processes as text, so it may use nothing from outside but its
 * part, see `HEADER_PARTS`.
 */
export function readQcow2Header(bytes: Uint8Array): Qcow2Header | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.byteLength < 72 || view.getUint32(0) !== 0x514649fb) return 'it is not a qcow2 image'
  const version = view.getUint32(4)
  if (version !== 2 && version !== 3) return `its version is ${version}`
  if (version === 3 && bytes.byteLength < 104) return 'it ends within its header'
  const clusterBits = view.getUint32(20)
  if (clusterBits < 9 || clusterBits > 21) return `its cluster size is 2^${clusterBits}`
  const cluster = 2 ** clusterBits
  const size = view.getBigUint64(24)
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) return 'its size is absurd'
  const features = version === 3 ? view.getBigUint64(72) : 0n
  const headerLength = version === 3 ? view.getUint32(100) : 72
  if (headerLength < 72 || headerLength > cluster) return 'the length of its header is absurd'

  const backingOffset = view.getBigUint64(8)
  const backingLength = view.getUint32(16)
  let backing: string | null = null
  if (backingOffset !== 0n) {
    const end = Number(backingOffset) + backingLength
    if (backingLength > 1023 || backingOffset > BigInt(cluster) || end > bytes.byteLength)
      return 'the name of its backing file lies elsewhere'
    backing = String.fromCharCode(...bytes.subarray(Number(backingOffset), end))
  }

  const end = backingOffset === 0n ? Math.min(cluster, bytes.byteLength) : Number(backingOffset)
  const extensions = qcow2Extensions(bytes, headerLength, end)
  if (typeof extensions === 'string') return extensions

  const tables = view.getUint32(56) + 1 + Math.ceil((view.getUint32(36) * 8) / cluster)
  return {
    version,
    sizeBytes: Number(size),
    backing,
    backingFormat: extensions.backingFormat,
    hasDataFile: (features & 4n) !== 0n || extensions.namesDataFile,
    isEncrypted: view.getUint32(32) !== 0,
    isCorrupt: (features & 2n) !== 0n,
    // Known: dirty, corrupt, external data, compression, extended L2.
    hasUnknownFeatures: (features & ~31n) !== 0n,
    internalSnapshots: view.getUint32(60),
    emptyBytes: (1 + tables) * cluster,
  }
}

export const HEADER_PARTS = [readQcow2Header, qcow2Extensions] as const
