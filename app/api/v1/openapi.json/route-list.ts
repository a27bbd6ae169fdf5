import * as healthLive from '@/app/api/health/live/route'
import * as healthReady from '@/app/api/health/ready/route'
import * as wolfstackMountsIdMount from '@/app/api/storage/mounts/[id]/mount/route'
import * as wolfstackMountsId from '@/app/api/storage/mounts/[id]/route'
import * as wolfstackMountsIdSync from '@/app/api/storage/mounts/[id]/sync/route'
import * as wolfstackMountsIdUnmount from '@/app/api/storage/mounts/[id]/unmount/route'
import * as wolfstackMounts from '@/app/api/storage/mounts/route'
import * as accountPasskeysId from '@/app/api/v1/account/passkeys/[id]/route'
import * as accountPasskeysOptions from '@/app/api/v1/account/passkeys/options/route'
import * as accountPasskeys from '@/app/api/v1/account/passkeys/route'
import * as accountPassword from '@/app/api/v1/account/password/route'
import * as accountRecoveryCodes from '@/app/api/v1/account/recovery-codes/route'
import * as account from '@/app/api/v1/account/route'
import * as accountSecondFactor from '@/app/api/v1/account/second-factor/route'
import * as accountTotpConfirm from '@/app/api/v1/account/totp/confirm/route'
import * as accountTotp from '@/app/api/v1/account/totp/route'
import * as accountViewsId from '@/app/api/v1/account/views/[id]/route'
import * as accountViews from '@/app/api/v1/account/views/route'
import * as alertRulesKindOverridesSubjectId from '@/app/api/v1/alert-rules/[kind]/overrides/[subjectId]/route'
import * as alertRulesKind from '@/app/api/v1/alert-rules/[kind]/route'
import * as alertRules from '@/app/api/v1/alert-rules/route'
import * as alertsIdAcknowledgement from '@/app/api/v1/alerts/[id]/acknowledgement/route'
import * as alertsId from '@/app/api/v1/alerts/[id]/route'
import * as alertsIdSilence from '@/app/api/v1/alerts/[id]/silence/route'
import * as alerts from '@/app/api/v1/alerts/route'
import * as alertsSummary from '@/app/api/v1/alerts/summary/route'
import * as attentionIdAcknowledgement from '@/app/api/v1/attention/[id]/acknowledgement/route'
import * as attention from '@/app/api/v1/attention/route'
import * as audit from '@/app/api/v1/audit/route'
import * as auditVerify from '@/app/api/v1/audit/verify/route'
import * as consolesIdControl from '@/app/api/v1/consoles/[id]/control/route'
import * as consolesId from '@/app/api/v1/consoles/[id]/route'
import * as consolesClient from '@/app/api/v1/consoles/client/route'
import * as consoles from '@/app/api/v1/consoles/route'
import * as consolesSerialLog from '@/app/api/v1/consoles/serial-log/route'
import * as events from '@/app/api/v1/events/route'
import * as hostsIdAvailability from '@/app/api/v1/hosts/[id]/availability/route'
import * as hostsIdExistingMountsAdopt from '@/app/api/v1/hosts/[id]/existing-mounts/adopt/route'
import * as hostsIdExistingMounts from '@/app/api/v1/hosts/[id]/existing-mounts/route'
import * as hostsIdHistory from '@/app/api/v1/hosts/[id]/history/route'
import * as hostsIdInstallTools from '@/app/api/v1/hosts/[id]/install-tools/route'
import * as hostsIdMachineOffers from '@/app/api/v1/hosts/[id]/machine-offers/route'
import * as hostsIdRefresh from '@/app/api/v1/hosts/[id]/refresh/route'
import * as hostsIdRevoke from '@/app/api/v1/hosts/[id]/revoke/route'
import * as hostsId from '@/app/api/v1/hosts/[id]/route'
import * as hostsIdUpdateAgent from '@/app/api/v1/hosts/[id]/update-agent/route'
import * as hostsEnroll from '@/app/api/v1/hosts/enroll/route'
import * as hosts from '@/app/api/v1/hosts/route'
import * as installationRestoredConfirm from '@/app/api/v1/installation/restored/confirm/route'
import * as installationRestored from '@/app/api/v1/installation/restored/route'
import * as installationSignInRules from '@/app/api/v1/installation/sign-in-rules/route'
import * as machinePlans from '@/app/api/v1/machine-plans/route'
import * as machines from '@/app/api/v1/machines/route'
import * as maintenanceWindowsId from '@/app/api/v1/maintenance-windows/[id]/route'
import * as maintenanceWindows from '@/app/api/v1/maintenance-windows/route'
import * as metrics from '@/app/api/v1/metrics/route'
import * as monitoringCapacity from '@/app/api/v1/monitoring/capacity/route'
import * as monitoringOverview from '@/app/api/v1/monitoring/overview/route'
import * as monitoringReachabilityChecks from '@/app/api/v1/monitoring/reachability/checks/route'
import * as monitoringReachability from '@/app/api/v1/monitoring/reachability/route'
import * as monitoringReachabilitySettings from '@/app/api/v1/monitoring/reachability/settings/route'
import * as monitoringTrends from '@/app/api/v1/monitoring/trends/route'
import * as notifiersIdDeliveries from '@/app/api/v1/notifiers/[id]/deliveries/route'
import * as notifiersId from '@/app/api/v1/notifiers/[id]/route'
import * as notifiersIdTest from '@/app/api/v1/notifiers/[id]/test/route'
import * as notifiers from '@/app/api/v1/notifiers/route'
import * as operationsIdCancel from '@/app/api/v1/operations/[id]/cancel/route'
import * as operationsIdResume from '@/app/api/v1/operations/[id]/resume/route'
import * as operationsIdRollback from '@/app/api/v1/operations/[id]/rollback/route'
import * as operationsId from '@/app/api/v1/operations/[id]/route'
import * as operations from '@/app/api/v1/operations/route'
import * as passwordReset from '@/app/api/v1/password-reset/route'
import * as repositoriesIdLeasesLeaseIdFinish from '@/app/api/v1/repositories/[id]/leases/[leaseId]/finish/route'
import * as repositoriesIdLeasesLeaseIdHeartbeat from '@/app/api/v1/repositories/[id]/leases/[leaseId]/heartbeat/route'
import * as repositoriesIdLeasesLeaseId from '@/app/api/v1/repositories/[id]/leases/[leaseId]/route'
import * as repositoriesIdLeases from '@/app/api/v1/repositories/[id]/leases/route'
import * as repositoriesId from '@/app/api/v1/repositories/[id]/route'
import * as repositoriesIdStorage from '@/app/api/v1/repositories/[id]/storage/route'
import * as repositoriesRefreshStorage from '@/app/api/v1/repositories/refresh-storage/route'
import * as repositories from '@/app/api/v1/repositories/route'
import * as repositoriesTest from '@/app/api/v1/repositories/test/route'
import * as search from '@/app/api/v1/search/route'
import * as sessionsId from '@/app/api/v1/sessions/[id]/route'
import * as sessions from '@/app/api/v1/sessions/route'
import * as setup from '@/app/api/v1/setup/route'
import * as signInPasskey from '@/app/api/v1/sign-in/passkey/route'
import * as silencesId from '@/app/api/v1/silences/[id]/route'
import * as silences from '@/app/api/v1/silences/route'
import * as storageBackendsIdConnect from '@/app/api/v1/storage/backends/[id]/connect/route'
import * as storageBackendsIdDisconnect from '@/app/api/v1/storage/backends/[id]/disconnect/route'
import * as storageBackendsIdDuplicate from '@/app/api/v1/storage/backends/[id]/duplicate/route'
import * as storageBackendsIdForecast from '@/app/api/v1/storage/backends/[id]/forecast/route'
import * as storageBackendsIdHealth from '@/app/api/v1/storage/backends/[id]/health/route'
import * as storageBackendsIdMetrics from '@/app/api/v1/storage/backends/[id]/metrics/route'
import * as storageBackendsIdReachability from '@/app/api/v1/storage/backends/[id]/reachability/route'
import * as storageBackendsId from '@/app/api/v1/storage/backends/[id]/route'
import * as storageBackendsIdTest from '@/app/api/v1/storage/backends/[id]/test/route'
import * as storageBackendsDiscover from '@/app/api/v1/storage/backends/discover/route'
import * as storageBackends from '@/app/api/v1/storage/backends/route'
import * as storageBackendsTest from '@/app/api/v1/storage/backends/test/route'
import * as storageImport from '@/app/api/v1/storage/import/route'
import * as storageImportRclone from '@/app/api/v1/storage/import-rclone/route'
import * as storageMountsIdAbandon from '@/app/api/v1/storage/mounts/[id]/abandon/route'
import * as storageMountsIdActivity from '@/app/api/v1/storage/mounts/[id]/activity/route'
import * as storageMountsIdCheck from '@/app/api/v1/storage/mounts/[id]/check/route'
import * as storageMountsIdConsumers from '@/app/api/v1/storage/mounts/[id]/consumers/route'
import * as storageMountsIdDuplicate from '@/app/api/v1/storage/mounts/[id]/duplicate/route'
import * as storageMountsIdHistory from '@/app/api/v1/storage/mounts/[id]/history/route'
import * as storageMountsIdHostsHostIdAdopt from '@/app/api/v1/storage/mounts/[id]/hosts/[hostId]/adopt/route'
import * as storageMountsIdHostsHostIdOverrides from '@/app/api/v1/storage/mounts/[id]/hosts/[hostId]/overrides/route'
import * as storageMountsIdMetrics from '@/app/api/v1/storage/mounts/[id]/metrics/route'
import * as storageMountsIdMount from '@/app/api/v1/storage/mounts/[id]/mount/route'
import * as storageMountsId from '@/app/api/v1/storage/mounts/[id]/route'
import * as storageMountsIdSync from '@/app/api/v1/storage/mounts/[id]/sync/route'
import * as storageMountsIdUnmount from '@/app/api/v1/storage/mounts/[id]/unmount/route'
import * as storageMountsMatrix from '@/app/api/v1/storage/mounts/matrix/route'
import * as storageMounts from '@/app/api/v1/storage/mounts/route'
import * as storagePlans from '@/app/api/v1/storage/plans/route'
import * as storagePoolsIdAbandon from '@/app/api/v1/storage/pools/[id]/abandon/route'
import * as storagePoolsIdFilesDownload from '@/app/api/v1/storage/pools/[id]/files/download/route'
import * as storagePoolsIdFiles from '@/app/api/v1/storage/pools/[id]/files/route'
import * as storagePoolsIdForecast from '@/app/api/v1/storage/pools/[id]/forecast/route'
import * as storagePoolsIdForeign from '@/app/api/v1/storage/pools/[id]/foreign/route'
import * as storagePoolsIdMetrics from '@/app/api/v1/storage/pools/[id]/metrics/route'
import * as storagePoolsIdMoveHost from '@/app/api/v1/storage/pools/[id]/move-host/route'
import * as storagePoolsIdReconnect from '@/app/api/v1/storage/pools/[id]/reconnect/route'
import * as storagePoolsId from '@/app/api/v1/storage/pools/[id]/route'
import * as storagePoolsIdSnapshotSchedule from '@/app/api/v1/storage/pools/[id]/snapshot-schedule/route'
import * as storagePoolsIdTemplates from '@/app/api/v1/storage/pools/[id]/templates/route'
import * as storagePoolsIdUnknownVolumesVolumeId from '@/app/api/v1/storage/pools/[id]/unknown-volumes/[volumeId]/route'
import * as storagePoolsIdUnknownVolumesVolumeIdTakeIn from '@/app/api/v1/storage/pools/[id]/unknown-volumes/[volumeId]/take-in/route'
import * as storagePoolsIdUnknownVolumes from '@/app/api/v1/storage/pools/[id]/unknown-volumes/route'
import * as storagePoolsIdUploadsUploadId from '@/app/api/v1/storage/pools/[id]/uploads/[uploadId]/route'
import * as storagePoolsIdUploads from '@/app/api/v1/storage/pools/[id]/uploads/route'
import * as storagePoolsIdVolumes from '@/app/api/v1/storage/pools/[id]/volumes/route'
import * as storagePools from '@/app/api/v1/storage/pools/route'
import * as storagePoolsSummary from '@/app/api/v1/storage/pools/summary/route'
import * as systemHealth from '@/app/api/v1/system/health/route'
import * as systemHeartbeat from '@/app/api/v1/system/heartbeat/route'
import * as systemHeartbeatTest from '@/app/api/v1/system/heartbeat/test/route'
import * as systemRetention from '@/app/api/v1/system/retention/route'
import * as systemSampling from '@/app/api/v1/system/sampling/route'
import * as tokensId from '@/app/api/v1/tokens/[id]/route'
import * as tokens from '@/app/api/v1/tokens/route'
import * as usersIdPasswordReset from '@/app/api/v1/users/[id]/password-reset/route'
import * as usersIdResetSecondFactor from '@/app/api/v1/users/[id]/reset-second-factor/route'
import * as usersIdRevokeSessions from '@/app/api/v1/users/[id]/revoke-sessions/route'
import * as usersId from '@/app/api/v1/users/[id]/route'
import * as users from '@/app/api/v1/users/route'
import * as uses from '@/app/api/v1/uses/route'
import * as volumesIdAttachInfo from '@/app/api/v1/volumes/[id]/attach-info/route'
import * as volumesIdClone from '@/app/api/v1/volumes/[id]/clone/route'
import * as volumesIdCopy from '@/app/api/v1/volumes/[id]/copy/route'
import * as volumesIdExport from '@/app/api/v1/volumes/[id]/export/route'
import * as volumesIdFlatten from '@/app/api/v1/volumes/[id]/flatten/route'
import * as volumesIdMove from '@/app/api/v1/volumes/[id]/move/route'
import * as volumesIdResize from '@/app/api/v1/volumes/[id]/resize/route'
import * as volumesIdRestoreFromTrash from '@/app/api/v1/volumes/[id]/restore-from-trash/route'
import * as volumesId from '@/app/api/v1/volumes/[id]/route'
import * as volumesIdSnapshotSchedule from '@/app/api/v1/volumes/[id]/snapshot-schedule/route'
import * as volumesIdSnapshotsSnapshotIdRestore from '@/app/api/v1/volumes/[id]/snapshots/[snapshotId]/restore/route'
import * as volumesIdSnapshotsSnapshotId from '@/app/api/v1/volumes/[id]/snapshots/[snapshotId]/route'
import * as volumesIdSnapshots from '@/app/api/v1/volumes/[id]/snapshots/route'
import * as volumes from '@/app/api/v1/volumes/route'
import * as workloadPlans from '@/app/api/v1/workload-plans/route'
import * as workloadsIdClipboard from '@/app/api/v1/workloads/[id]/clipboard/route'
import * as workloadsIdConsoleSettings from '@/app/api/v1/workloads/[id]/console-settings/route'
import * as workloadsIdDiskPlan from '@/app/api/v1/workloads/[id]/disk-plan/route'
import * as workloadsIdDisksVolumeId from '@/app/api/v1/workloads/[id]/disks/[volumeId]/route'
import * as workloadsIdDisks from '@/app/api/v1/workloads/[id]/disks/route'
import * as workloadsIdMountPlan from '@/app/api/v1/workloads/[id]/mount-plan/route'
import * as workloadsIdMountsAttachmentIdPlan from '@/app/api/v1/workloads/[id]/mounts/[attachmentId]/plan/route'
import * as workloadsIdMountsAttachmentId from '@/app/api/v1/workloads/[id]/mounts/[attachmentId]/route'
import * as workloadsIdMounts from '@/app/api/v1/workloads/[id]/mounts/route'
import * as workloadsIdPower from '@/app/api/v1/workloads/[id]/power/route'
import * as workloadsId from '@/app/api/v1/workloads/[id]/route'
import * as workloads from '@/app/api/v1/workloads/route'
import type { RouteModule } from '@/lib/http/openapi'

/** Every declared route by its URL. `lib/http/route-coverage.test.ts` compares this list with the file system. */
export const ROUTES: Readonly<Record<string, RouteModule>> = {
  '/api/health/live': healthLive,
  '/api/health/ready': healthReady,
  '/api/storage/mounts': wolfstackMounts,
  '/api/storage/mounts/{id}': wolfstackMountsId,
  '/api/storage/mounts/{id}/mount': wolfstackMountsIdMount,
  '/api/storage/mounts/{id}/sync': wolfstackMountsIdSync,
  '/api/storage/mounts/{id}/unmount': wolfstackMountsIdUnmount,
  '/api/v1/account': account,
  '/api/v1/account/passkeys': accountPasskeys,
  '/api/v1/account/passkeys/{id}': accountPasskeysId,
  '/api/v1/account/passkeys/options': accountPasskeysOptions,
  '/api/v1/account/password': accountPassword,
  '/api/v1/account/views': accountViews,
  '/api/v1/account/views/{id}': accountViewsId,
  '/api/v1/alert-rules': alertRules,
  '/api/v1/alert-rules/{kind}': alertRulesKind,
  '/api/v1/alert-rules/{kind}/overrides/{subjectId}': alertRulesKindOverridesSubjectId,
  '/api/v1/alerts': alerts,
  '/api/v1/alerts/summary': alertsSummary,
  '/api/v1/alerts/{id}': alertsId,
  '/api/v1/alerts/{id}/acknowledgement': alertsIdAcknowledgement,
  '/api/v1/alerts/{id}/silence': alertsIdSilence,
  '/api/v1/attention': attention,
  '/api/v1/attention/{id}/acknowledgement': attentionIdAcknowledgement,
  '/api/v1/account/recovery-codes': accountRecoveryCodes,
  '/api/v1/account/second-factor': accountSecondFactor,
  '/api/v1/account/totp': accountTotp,
  '/api/v1/account/totp/confirm': accountTotpConfirm,
  '/api/v1/audit': audit,
  '/api/v1/audit/verify': auditVerify,
  '/api/v1/consoles': consoles,
  '/api/v1/consoles/{id}': consolesId,
  '/api/v1/consoles/{id}/control': consolesIdControl,
  '/api/v1/consoles/client': consolesClient,
  '/api/v1/consoles/serial-log': consolesSerialLog,
  '/api/v1/events': events,
  '/api/v1/hosts': hosts,
  '/api/v1/hosts/{id}': hostsId,
  '/api/v1/hosts/{id}/availability': hostsIdAvailability,
  '/api/v1/hosts/{id}/history': hostsIdHistory,
  '/api/v1/hosts/{id}/existing-mounts': hostsIdExistingMounts,
  '/api/v1/hosts/{id}/existing-mounts/adopt': hostsIdExistingMountsAdopt,
  '/api/v1/hosts/{id}/install-tools': hostsIdInstallTools,
  '/api/v1/hosts/{id}/machine-offers': hostsIdMachineOffers,
  '/api/v1/hosts/{id}/refresh': hostsIdRefresh,
  '/api/v1/hosts/{id}/revoke': hostsIdRevoke,
  '/api/v1/hosts/{id}/update-agent': hostsIdUpdateAgent,
  '/api/v1/hosts/enroll': hostsEnroll,
  '/api/v1/installation/restored': installationRestored,
  '/api/v1/installation/restored/confirm': installationRestoredConfirm,
  '/api/v1/installation/sign-in-rules': installationSignInRules,
  '/api/v1/maintenance-windows': maintenanceWindows,
  '/api/v1/maintenance-windows/{id}': maintenanceWindowsId,
  '/api/v1/metrics': metrics,
  '/api/v1/monitoring/capacity': monitoringCapacity,
  '/api/v1/monitoring/overview': monitoringOverview,
  '/api/v1/monitoring/reachability': monitoringReachability,
  '/api/v1/monitoring/reachability/checks': monitoringReachabilityChecks,
  '/api/v1/monitoring/reachability/settings': monitoringReachabilitySettings,
  '/api/v1/monitoring/trends': monitoringTrends,
  '/api/v1/notifiers': notifiers,
  '/api/v1/notifiers/{id}': notifiersId,
  '/api/v1/notifiers/{id}/deliveries': notifiersIdDeliveries,
  '/api/v1/notifiers/{id}/test': notifiersIdTest,
  '/api/v1/operations': operations,
  '/api/v1/operations/{id}': operationsId,
  '/api/v1/operations/{id}/cancel': operationsIdCancel,
  '/api/v1/operations/{id}/resume': operationsIdResume,
  '/api/v1/operations/{id}/rollback': operationsIdRollback,
  '/api/v1/repositories': repositories,
  '/api/v1/repositories/test': repositoriesTest,
  '/api/v1/repositories/refresh-storage': repositoriesRefreshStorage,
  '/api/v1/repositories/{id}': repositoriesId,
  '/api/v1/repositories/{id}/storage': repositoriesIdStorage,
  '/api/v1/repositories/{id}/leases': repositoriesIdLeases,
  '/api/v1/repositories/{id}/leases/{leaseId}': repositoriesIdLeasesLeaseId,
  '/api/v1/repositories/{id}/leases/{leaseId}/heartbeat': repositoriesIdLeasesLeaseIdHeartbeat,
  '/api/v1/repositories/{id}/leases/{leaseId}/finish': repositoriesIdLeasesLeaseIdFinish,
  '/api/v1/search': search,
  '/api/v1/password-reset': passwordReset,
  '/api/v1/sessions': sessions,
  '/api/v1/sessions/{id}': sessionsId,
  '/api/v1/setup': setup,
  '/api/v1/sign-in/passkey': signInPasskey,
  '/api/v1/silences': silences,
  '/api/v1/silences/{id}': silencesId,
  '/api/v1/storage/backends': storageBackends,
  '/api/v1/storage/backends/{id}': storageBackendsId,
  '/api/v1/storage/backends/{id}/duplicate': storageBackendsIdDuplicate,
  '/api/v1/storage/backends/{id}/connect': storageBackendsIdConnect,
  '/api/v1/storage/backends/{id}/disconnect': storageBackendsIdDisconnect,
  '/api/v1/storage/backends/{id}/forecast': storageBackendsIdForecast,
  '/api/v1/storage/backends/{id}/health': storageBackendsIdHealth,
  '/api/v1/storage/backends/{id}/metrics': storageBackendsIdMetrics,
  '/api/v1/storage/backends/{id}/reachability': storageBackendsIdReachability,
  '/api/v1/storage/backends/{id}/test': storageBackendsIdTest,
  '/api/v1/storage/backends/discover': storageBackendsDiscover,
  '/api/v1/storage/backends/test': storageBackendsTest,
  '/api/v1/storage/import': storageImport,
  '/api/v1/storage/import-rclone': storageImportRclone,
  '/api/v1/storage/mounts': storageMounts,
  '/api/v1/storage/mounts/{id}': storageMountsId,
  '/api/v1/storage/mounts/{id}/abandon': storageMountsIdAbandon,
  '/api/v1/storage/mounts/{id}/check': storageMountsIdCheck,
  '/api/v1/storage/mounts/{id}/consumers': storageMountsIdConsumers,
  '/api/v1/storage/mounts/{id}/duplicate': storageMountsIdDuplicate,
  '/api/v1/storage/mounts/{id}/history': storageMountsIdHistory,
  '/api/v1/storage/mounts/{id}/hosts/{hostId}/adopt': storageMountsIdHostsHostIdAdopt,
  '/api/v1/storage/mounts/{id}/hosts/{hostId}/overrides': storageMountsIdHostsHostIdOverrides,
  '/api/v1/storage/mounts/{id}/activity': storageMountsIdActivity,
  '/api/v1/storage/mounts/{id}/metrics': storageMountsIdMetrics,
  '/api/v1/storage/mounts/{id}/mount': storageMountsIdMount,
  '/api/v1/storage/mounts/{id}/sync': storageMountsIdSync,
  '/api/v1/storage/mounts/{id}/unmount': storageMountsIdUnmount,
  '/api/v1/storage/mounts/matrix': storageMountsMatrix,
  '/api/v1/storage/plans': storagePlans,
  '/api/v1/storage/pools': storagePools,
  '/api/v1/storage/pools/summary': storagePoolsSummary,
  '/api/v1/storage/pools/{id}': storagePoolsId,
  '/api/v1/storage/pools/{id}/abandon': storagePoolsIdAbandon,
  '/api/v1/storage/pools/{id}/files': storagePoolsIdFiles,
  '/api/v1/storage/pools/{id}/files/download': storagePoolsIdFilesDownload,
  '/api/v1/storage/pools/{id}/foreign': storagePoolsIdForeign,
  '/api/v1/storage/pools/{id}/forecast': storagePoolsIdForecast,
  '/api/v1/storage/pools/{id}/metrics': storagePoolsIdMetrics,
  '/api/v1/storage/pools/{id}/move-host': storagePoolsIdMoveHost,
  '/api/v1/storage/pools/{id}/reconnect': storagePoolsIdReconnect,
  '/api/v1/storage/pools/{id}/snapshot-schedule': storagePoolsIdSnapshotSchedule,
  '/api/v1/storage/pools/{id}/templates': storagePoolsIdTemplates,
  '/api/v1/storage/pools/{id}/uploads': storagePoolsIdUploads,
  '/api/v1/storage/pools/{id}/uploads/{uploadId}': storagePoolsIdUploadsUploadId,
  '/api/v1/storage/pools/{id}/unknown-volumes': storagePoolsIdUnknownVolumes,
  '/api/v1/storage/pools/{id}/unknown-volumes/{volumeId}': storagePoolsIdUnknownVolumesVolumeId,
  '/api/v1/storage/pools/{id}/unknown-volumes/{volumeId}/take-in': storagePoolsIdUnknownVolumesVolumeIdTakeIn,
  '/api/v1/storage/pools/{id}/volumes': storagePoolsIdVolumes,
  '/api/v1/system/health': systemHealth,
  '/api/v1/system/heartbeat': systemHeartbeat,
  '/api/v1/system/heartbeat/test': systemHeartbeatTest,
  '/api/v1/system/retention': systemRetention,
  '/api/v1/system/sampling': systemSampling,
  '/api/v1/tokens': tokens,
  '/api/v1/tokens/{id}': tokensId,
  '/api/v1/users': users,
  '/api/v1/users/{id}': usersId,
  '/api/v1/users/{id}/password-reset': usersIdPasswordReset,
  '/api/v1/users/{id}/reset-second-factor': usersIdResetSecondFactor,
  '/api/v1/users/{id}/revoke-sessions': usersIdRevokeSessions,
  '/api/v1/uses': uses,
  '/api/v1/volumes': volumes,
  '/api/v1/volumes/{id}': volumesId,
  '/api/v1/volumes/{id}/attach-info': volumesIdAttachInfo,
  '/api/v1/volumes/{id}/clone': volumesIdClone,
  '/api/v1/volumes/{id}/copy': volumesIdCopy,
  '/api/v1/volumes/{id}/export': volumesIdExport,
  '/api/v1/volumes/{id}/flatten': volumesIdFlatten,
  '/api/v1/volumes/{id}/move': volumesIdMove,
  '/api/v1/volumes/{id}/resize': volumesIdResize,
  '/api/v1/volumes/{id}/restore-from-trash': volumesIdRestoreFromTrash,
  '/api/v1/volumes/{id}/snapshot-schedule': volumesIdSnapshotSchedule,
  '/api/v1/volumes/{id}/snapshots': volumesIdSnapshots,
  '/api/v1/volumes/{id}/snapshots/{snapshotId}': volumesIdSnapshotsSnapshotId,
  '/api/v1/volumes/{id}/snapshots/{snapshotId}/restore': volumesIdSnapshotsSnapshotIdRestore,
  '/api/v1/machine-plans': machinePlans,
  '/api/v1/machines': machines,
  '/api/v1/workload-plans': workloadPlans,
  '/api/v1/workloads': workloads,
  '/api/v1/workloads/{id}': workloadsId,
  '/api/v1/workloads/{id}/clipboard': workloadsIdClipboard,
  '/api/v1/workloads/{id}/console-settings': workloadsIdConsoleSettings,
  '/api/v1/workloads/{id}/disk-plan': workloadsIdDiskPlan,
  '/api/v1/workloads/{id}/disks': workloadsIdDisks,
  '/api/v1/workloads/{id}/disks/{volumeId}': workloadsIdDisksVolumeId,
  '/api/v1/workloads/{id}/mount-plan': workloadsIdMountPlan,
  '/api/v1/workloads/{id}/mounts': workloadsIdMounts,
  '/api/v1/workloads/{id}/mounts/{attachmentId}': workloadsIdMountsAttachmentId,
  '/api/v1/workloads/{id}/mounts/{attachmentId}/plan': workloadsIdMountsAttachmentIdPlan,
  '/api/v1/workloads/{id}/power': workloadsIdPower,
}
