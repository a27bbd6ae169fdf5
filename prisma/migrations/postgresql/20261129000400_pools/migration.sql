-- CreateEnum
CREATE TYPE "DesiredPoolState" AS ENUM ('open', 'closed');

-- CreateEnum
CREATE TYPE "ObservedPoolState" AS ENUM ('unknown', 'closed', 'opening', 'ready', 'degraded', 'error', 'closing');

-- CreateEnum
CREATE TYPE "VolumeFormat" AS ENUM ('qcow2', 'raw');

-- CreateEnum
CREATE TYPE "Provisioning" AS ENUM ('thin', 'full');

-- CreateEnum
CREATE TYPE "AccessMode" AS ENUM ('RWO', 'ROX', 'RWX');

-- CreateEnum
CREATE TYPE "VolumePhase" AS ENUM ('creating', 'ready', 'trashed', 'missing', 'error');

-- CreateTable
CREATE TABLE "Pool" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "backendId" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "targets" "MountTargets" NOT NULL DEFAULT 'hosts',
    "targetLabels" JSONB,
    "maintenance" BOOLEAN NOT NULL DEFAULT false,
    "overcommitLimit" DOUBLE PRECISION,
    "maxVolumeBytes" BIGINT,
    "trashDays" INTEGER NOT NULL DEFAULT 7,
    "mountId" TEXT,
    "keeperId" TEXT,
    "generation" INTEGER NOT NULL DEFAULT 1,
    "deletedAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Pool_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "PoolOnHost" (
    "poolId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "desired" "DesiredPoolState" NOT NULL DEFAULT 'open',
    "desiredGeneration" INTEGER NOT NULL DEFAULT 1,
    "madeAt" TIMESTAMP(3),
    "observedState" "ObservedPoolState" NOT NULL DEFAULT 'unknown',
    "observedGeneration" INTEGER,
    "observedAt" TIMESTAMP(3),
    "observedSince" TIMESTAMP(3),
    "observedError" TEXT,
    "observedProblem" TEXT,
    "observedValues" JSONB,
    "observedSaid" TEXT,
    "totalBytes" BIGINT,
    "usedBytes" BIGINT,
    "availableBytes" BIGINT,
    "dataPercent" DOUBLE PRECISION,
    "metadataPercent" DOUBLE PRECISION,
    "capacityAt" TIMESTAMP(3),
    "foreign" JSONB,
    "nextAttemptAt" TIMESTAMP(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "PoolOnHost_pkey" PRIMARY KEY ("poolId","hostId")
);

-- CreateTable
CREATE TABLE "Volume" (
    "id" TEXT NOT NULL,
    "poolId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "nameKey" TEXT NOT NULL,
    "hostId" TEXT,
    "phase" "VolumePhase" NOT NULL DEFAULT 'creating',
    "format" "VolumeFormat" NOT NULL,
    "provisioning" "Provisioning" NOT NULL,
    "accessMode" "AccessMode" NOT NULL DEFAULT 'RWO',
    "sizeBytes" BIGINT NOT NULL,
    "allocatedBytes" BIGINT,
    "parentVolumeId" TEXT,
    "parentSnapshotId" TEXT,
    "origin" JSONB,
    "isInUse" BOOLEAN NOT NULL DEFAULT false,
    "trashedAt" TIMESTAMP(3),
    "purgeAt" TIMESTAMP(3),
    "observedState" TEXT NOT NULL DEFAULT 'unknown',
    "observedGeneration" INTEGER,
    "observedAt" TIMESTAMP(3),
    "observedSince" TIMESTAMP(3),
    "observedError" TEXT,
    "observedProblem" TEXT,
    "observedValues" JSONB,
    "observedSaid" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Volume_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Snapshot" (
    "id" TEXT NOT NULL,
    "volumeId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "isReady" BOOLEAN NOT NULL DEFAULT false,
    "sizeBytes" BIGINT,
    "volumeBytes" BIGINT NOT NULL,
    "expiresAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Snapshot_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Pool_name_key" ON "Pool"("name");

-- CreateIndex
CREATE UNIQUE INDEX "Pool_mountId_key" ON "Pool"("mountId");

-- CreateIndex
CREATE INDEX "Pool_backendId_idx" ON "Pool"("backendId");

-- CreateIndex
CREATE INDEX "PoolOnHost_hostId_idx" ON "PoolOnHost"("hostId");

-- CreateIndex
CREATE INDEX "Volume_hostId_idx" ON "Volume"("hostId");

-- CreateIndex
CREATE INDEX "Volume_parentVolumeId_idx" ON "Volume"("parentVolumeId");

-- CreateIndex
CREATE INDEX "Volume_purgeAt_idx" ON "Volume"("purgeAt");

-- CreateIndex
CREATE UNIQUE INDEX "Volume_poolId_nameKey_key" ON "Volume"("poolId", "nameKey");

-- CreateIndex
CREATE UNIQUE INDEX "Snapshot_volumeId_name_key" ON "Snapshot"("volumeId", "name");

-- AddForeignKey
ALTER TABLE "Pool" ADD CONSTRAINT "Pool_backendId_fkey" FOREIGN KEY ("backendId") REFERENCES "Backend"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Pool" ADD CONSTRAINT "Pool_mountId_fkey" FOREIGN KEY ("mountId") REFERENCES "Mount"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "PoolOnHost" ADD CONSTRAINT "PoolOnHost_poolId_fkey" FOREIGN KEY ("poolId") REFERENCES "Pool"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "PoolOnHost" ADD CONSTRAINT "PoolOnHost_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Volume" ADD CONSTRAINT "Volume_poolId_fkey" FOREIGN KEY ("poolId") REFERENCES "Pool"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Volume" ADD CONSTRAINT "Volume_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Snapshot" ADD CONSTRAINT "Snapshot_volumeId_fkey" FOREIGN KEY ("volumeId") REFERENCES "Volume"("id") ON DELETE CASCADE ON UPDATE CASCADE;
