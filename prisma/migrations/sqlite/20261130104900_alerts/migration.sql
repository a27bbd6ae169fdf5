-- AlterTable
ALTER TABLE "Acknowledgement" ADD COLUMN "until" DATETIME;

-- AlterTable
ALTER TABLE "CapacitySeries" ADD COLUMN "fullAt" DATETIME;
ALTER TABLE "CapacitySeries" ADD COLUMN "growthBytesPerDay" REAL;

-- CreateTable
CREATE TABLE "Alert" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "causeId" TEXT NOT NULL,
    "openKey" TEXT,
    "kind" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "milderSince" DATETIME,
    "subjectKind" TEXT NOT NULL,
    "subjectId" TEXT,
    "subjectName" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "advice" TEXT,
    "reach" JSONB NOT NULL,
    "firstSeenAt" DATETIME NOT NULL,
    "openedAt" DATETIME,
    "goneAt" DATETIME,
    "clearedAt" DATETIME,
    "returns" INTEGER NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "AlertEvent" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "alertId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "kind" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "by" TEXT,
    "note" TEXT,
    "until" DATETIME,
    CONSTRAINT "AlertEvent_alertId_fkey" FOREIGN KEY ("alertId") REFERENCES "Alert" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "CapacitySeries_fullAt_idx" ON "CapacitySeries"("fullAt");

-- CreateIndex
CREATE UNIQUE INDEX "Alert_openKey_key" ON "Alert"("openKey");

-- CreateIndex
CREATE INDEX "Alert_clearedAt_idx" ON "Alert"("clearedAt");

-- CreateIndex
CREATE INDEX "Alert_subjectId_idx" ON "Alert"("subjectId");

-- CreateIndex
CREATE INDEX "AlertEvent_alertId_idx" ON "AlertEvent"("alertId");
