-- CreateTable
CREATE TABLE "Pool" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "backendId" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "targets" TEXT NOT NULL DEFAULT 'hosts',
    "targetLabels" JSONB,
    "maintenance" BOOLEAN NOT NULL DEFAULT false,
    "overcommitLimit" REAL,
    "maxVolumeBytes" BIGINT,
    "trashDays" INTEGER NOT NULL DEFAULT 7,
    "mountId" TEXT,
    "keeperId" TEXT,
    "generation" INTEGER NOT NULL DEFAULT 1,
    "deletedAt" DATETIME,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" DATETIME NOT NULL,
    CONSTRAINT "Pool_backendId_fkey" FOREIGN KEY ("backendId") REFERENCES "Backend" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Pool_mountId_fkey" FOREIGN KEY ("mountId") REFERENCES "Mount" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "PoolOnHost" (
    "poolId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "desired" TEXT NOT NULL DEFAULT 'open',
    "desiredGeneration" INTEGER NOT NULL DEFAULT 1,
    "madeAt" DATETIME,
    "observedState" TEXT NOT NULL DEFAULT 'unknown',
    "observedGeneration" INTEGER,
    "observedAt" DATETIME,
    "observedSince" DATETIME,
    "observedError" TEXT,
    "observedProblem" TEXT,
    "observedValues" JSONB,
    "observedSaid" TEXT,
    "totalBytes" BIGINT,
    "usedBytes" BIGINT,
    "availableBytes" BIGINT,
    "dataPercent" REAL,
    "metadataPercent" REAL,
    "capacityAt" DATETIME,
    "foreign" JSONB,
    "nextAttemptAt" DATETIME,
    "attempts" INTEGER NOT NULL DEFAULT 0,

    PRIMARY KEY ("poolId", "hostId"),
    CONSTRAINT "PoolOnHost_poolId_fkey" FOREIGN KEY ("poolId") REFERENCES "Pool" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "PoolOnHost_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Volume" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "poolId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "nameKey" TEXT NOT NULL,
    "hostId" TEXT,
    "phase" TEXT NOT NULL DEFAULT 'creating',
    "format" TEXT NOT NULL,
    "provisioning" TEXT NOT NULL,
    "accessMode" TEXT NOT NULL DEFAULT 'RWO',
    "sizeBytes" BIGINT NOT NULL,
    "allocatedBytes" BIGINT,
    "parentVolumeId" TEXT,
    "parentSnapshotId" TEXT,
    "origin" JSONB,
    "isInUse" BOOLEAN NOT NULL DEFAULT false,
    "trashedAt" DATETIME,
    "purgeAt" DATETIME,
    "observedState" TEXT NOT NULL DEFAULT 'unknown',
    "observedGeneration" INTEGER,
    "observedAt" DATETIME,
    "observedSince" DATETIME,
    "observedError" TEXT,
    "observedProblem" TEXT,
    "observedValues" JSONB,
    "observedSaid" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" DATETIME NOT NULL,
    CONSTRAINT "Volume_poolId_fkey" FOREIGN KEY ("poolId") REFERENCES "Pool" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Volume_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Snapshot" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "volumeId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "isReady" BOOLEAN NOT NULL DEFAULT false,
    "sizeBytes" BIGINT,
    "volumeBytes" BIGINT NOT NULL,
    "expiresAt" DATETIME,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "Snapshot_volumeId_fkey" FOREIGN KEY ("volumeId") REFERENCES "Volume" ("id") ON DELETE CASCADE ON UPDATE CASCADE
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
