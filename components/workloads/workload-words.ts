import { attachTarget } from '@/lib/attach-targets/registry'
import type { WorkloadRow, WorkloadStorageView } from '@/lib/workloads/schema'

export const KIND_WORDS: Readonly<Record<WorkloadRow['kind'], string>> = {
  container: 'Container',
  machine: 'Virtual machine',
}

/** As people call what runs it; of one that only the host knows, its own word. */
export function targetWords(target: string): string {
  return attachTarget(target)?.title ?? target
}

const STORAGE_WORDS: Readonly<Record<string, string>> = {
  bind: 'Directory',
  volume: 'Volume',
  disk: 'Disk',
  virtiofs: 'virtiofs',
  '9p': '9p',
}

export function storageWords({ kind }: Pick<WorkloadStorageView, 'kind'>): string {
  return STORAGE_WORDS[kind] ?? kind
}

/** What it is on the host; null: that was not told. */
export function sourceOf({ source, name }: Pick<WorkloadStorageView, 'source' | 'name'>): string | null {
  return source ?? name
}
