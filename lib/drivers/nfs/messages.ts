import type { MessageTable } from '@/lib/drivers/problems/messages'

/**
 * What mount(8) and mount.nfs (nfs-utils) print on failure; they all exit with 32, so the text decides. First match wins.
 * The texts come from nfs-utils `utils/mount/error.c` and from recorded runs.
 */
export const NFS_MOUNT_MESSAGES = [
  {
    // mount(8) asked the kernel itself; the second wording is of util-linux 2.41.
    pattern: /bad option; for several filesystems|mount program didn't pass remote address/i,
    problem: 'nfs.helper_missing',
  },
  {
    pattern: /failed to resolve server|name or service not known|temporary failure in name resolution/i,
    problem: 'name.not_found',
  },
  // EAGAIN of the resolver, which mount.nfs reports for version 3.
  { pattern: /resource temporarily unavailable/i, problem: 'name.not_found' },
  { pattern: /is not a directory/i, problem: 'nfs.not_directory' },
  { pattern: /access denied by server/i, problem: 'nfs.export_denied' },
  {
    pattern: /reason given by server: no such file or directory|special device .* does not exist/i,
    problem: 'nfs.export_missing',
  },
  { pattern: /reason given by server: permission denied/i, problem: 'nfs.export_denied' },
  { pattern: /rpc\.statd is not running/i, problem: 'nfs.lock_service_missing' },
  {
    pattern:
      /requested nfs version or transport protocol is not supported|protocol not supported|program\/version mismatch/i,
    problem: 'nfs.version_unsupported',
  },
  { pattern: /incorrect mount option|invalid argument|parsing error on/i, problem: 'nfs.bad_option' },
  { pattern: /no such device|unknown filesystem type/i, problem: 'nfs.kernel_missing' },
  { pattern: /key has expired|required key not available|rpc\.gssd/i, problem: 'nfs.kerberos' },
  { pattern: /connection refused/i, problem: 'network.refused' },
  { pattern: /program not registered/i, problem: 'nfs.not_running' },
  { pattern: /timed out/i, problem: 'network.timed_out' },
  { pattern: /no route to host|network is unreachable/i, problem: 'network.no_route' },
  { pattern: /host is down/i, problem: 'network.timed_out' },
  { pattern: /connection reset/i, problem: 'network.reset' },
  { pattern: /stale file handle/i, problem: 'access.stale' },
  { pattern: /operation not permitted/i, problem: 'nfs.not_permitted' },
  { pattern: /permission denied/i, problem: 'nfs.export_denied' },
  { pattern: /no such file or directory/i, problem: 'nfs.export_missing' },
] as const satisfies MessageTable

/** Errors of the RPC library, as rpcinfo and showmount print them. */
export const RPC_MESSAGES = [
  { pattern: /unknown host|name or service not known|can't get address/i, problem: 'name.not_found' },
  { pattern: /connection refused/i, problem: 'network.refused' },
  { pattern: /no route to host|network is unreachable/i, problem: 'network.no_route' },
  { pattern: /timed out/i, problem: 'network.timed_out' },
  { pattern: /program\/version mismatch/i, problem: 'nfs.version_unsupported' },
  {
    pattern: /program not registered|program unavailable|unable to receive|port mapper failure/i,
    problem: 'nfs.not_running',
  },
  { pattern: /authentication error|permission denied/i, problem: 'nfs.export_denied' },
] as const satisfies MessageTable
