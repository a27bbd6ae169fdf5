-- AlterTable
ALTER TABLE "Snapshot" ADD COLUMN "isScheduled" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "SnapshotSchedule" (
    "id" TEXT NOT NULL PRIMARY KEY,
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
    "since" DATETIME NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" DATETIME NOT NULL,
    CONSTRAINT "SnapshotSchedule_poolId_fkey" FOREIGN KEY ("poolId") REFERENCES "Pool" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "SnapshotSchedule_volumeId_fkey" FOREIGN KEY ("volumeId") REFERENCES "Volume" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "SnapshotTurn" (
    "volumeId" TEXT NOT NULL PRIMARY KEY,
    "nextAt" DATETIME NOT NULL,
    "lastAt" DATETIME,
    "pruneAt" DATETIME,
    "operationId" TEXT,
    "doing" TEXT,
    "failing" TEXT,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "failedSince" DATETIME,
    "error" TEXT,
    CONSTRAINT "SnapshotTurn_volumeId_fkey" FOREIGN KEY ("volumeId") REFERENCES "Volume" ("id") ON DELETE CASCADE ON UPDATE CASCADE
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
