-- AlterTable
ALTER TABLE "Snapshot" ADD COLUMN     "isScheduled" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "SnapshotSchedule" (
    "id" TEXT NOT NULL,
    "poolId" TEXT,
    "volumeId" TEXT,
    "isOn" BOOLEAN NOT NULL DEFAULT true,
    "rule" JSONB NOT NULL,
    "timeZone" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "keepLast" INTEGER NOT NULL,
    "keepDaily" INTEGER NOT NULL DEFAULT 0,
    "keepWeekly" INTEGER NOT NULL DEFAULT 0,
    "keepMonthly" INTEGER NOT NULL DEFAULT 0,
    "since" TIMESTAMP(3) NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "SnapshotSchedule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SnapshotTurn" (
    "volumeId" TEXT NOT NULL,
    "nextAt" TIMESTAMP(3) NOT NULL,
    "lastAt" TIMESTAMP(3),
    "pruneAt" TIMESTAMP(3),
    "operationId" TEXT,
    "doing" TEXT,
    "failing" TEXT,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "failedSince" TIMESTAMP(3),
    "error" TEXT,

    CONSTRAINT "SnapshotTurn_pkey" PRIMARY KEY ("volumeId")
);

-- CreateIndex
CREATE UNIQUE INDEX "SnapshotSchedule_poolId_key" ON "SnapshotSchedule"("poolId");

-- CreateIndex
CREATE UNIQUE INDEX "SnapshotSchedule_volumeId_key" ON "SnapshotSchedule"("volumeId");

-- CreateIndex
CREATE INDEX "SnapshotTurn_nextAt_idx" ON "SnapshotTurn"("nextAt");

-- CreateIndex
CREATE INDEX "SnapshotTurn_pruneAt_idx" ON "SnapshotTurn"("pruneAt");

-- CreateIndex
CREATE INDEX "SnapshotTurn_operationId_idx" ON "SnapshotTurn"("operationId");

-- AddForeignKey
ALTER TABLE "SnapshotSchedule" ADD CONSTRAINT "SnapshotSchedule_poolId_fkey" FOREIGN KEY ("poolId") REFERENCES "Pool"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SnapshotSchedule" ADD CONSTRAINT "SnapshotSchedule_volumeId_fkey" FOREIGN KEY ("volumeId") REFERENCES "Volume"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SnapshotTurn" ADD CONSTRAINT "SnapshotTurn_volumeId_fkey" FOREIGN KEY ("volumeId") REFERENCES "Volume"("id") ON DELETE CASCADE ON UPDATE CASCADE;
