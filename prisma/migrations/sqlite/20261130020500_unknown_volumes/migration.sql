-- CreateTable
CREATE TABLE "UnknownVolume" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "poolId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "generation" INTEGER,
    "format" TEXT,
    "sizeBytes" BIGINT,
    "allocatedBytes" BIGINT,
    "parentVolumeId" TEXT,
    "parentSnapshotId" TEXT,
    "snapshots" JSONB NOT NULL,
    "isInUse" BOOLEAN NOT NULL DEFAULT false,
    "usedBy" TEXT,
    "error" TEXT,
    "since" DATETIME,
    "observedAt" DATETIME NOT NULL,
    CONSTRAINT "UnknownVolume_poolId_fkey" FOREIGN KEY ("poolId") REFERENCES "Pool" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "UnknownVolume_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "UnknownVolume_poolId_idx" ON "UnknownVolume"("poolId");

-- CreateIndex
CREATE INDEX "UnknownVolume_hostId_idx" ON "UnknownVolume"("hostId");
