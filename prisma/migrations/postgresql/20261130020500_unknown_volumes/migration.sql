-- CreateTable
CREATE TABLE "UnknownVolume" (
    "id" TEXT NOT NULL,
    "poolId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "generation" INTEGER,
    "format" "VolumeFormat",
    "sizeBytes" BIGINT,
    "allocatedBytes" BIGINT,
    "parentVolumeId" TEXT,
    "parentSnapshotId" TEXT,
    "snapshots" JSONB NOT NULL,
    "isInUse" BOOLEAN NOT NULL DEFAULT false,
    "usedBy" TEXT,
    "error" TEXT,
    "since" TIMESTAMP(3),
    "observedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "UnknownVolume_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "UnknownVolume_poolId_idx" ON "UnknownVolume"("poolId");

-- CreateIndex
CREATE INDEX "UnknownVolume_hostId_idx" ON "UnknownVolume"("hostId");

-- AddForeignKey
ALTER TABLE "UnknownVolume" ADD CONSTRAINT "UnknownVolume_poolId_fkey" FOREIGN KEY ("poolId") REFERENCES "Pool"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "UnknownVolume" ADD CONSTRAINT "UnknownVolume_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;
